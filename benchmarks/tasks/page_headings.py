import re
import sys
from collections import Counter

from servers.fetch import fetch

SIZE = 50_000
page = ""
for start in range(0, 2_000_000, SIZE):
    piece = await fetch(url=sys.argv[1], raw=True, max_length=SIZE, start_index=start)
    body, more, _ = piece.partition("\n\n<error>Content truncated")
    page += body.partition(f"Contents of {sys.argv[1]}:\n")[2]
    if not more:
        break

levels = Counter(re.findall(r"<h([1-6])\b", page))
print(", ".join(f"{count} h{level}" for level, count in sorted(levels.items())))
sections = re.split(r"<h2[^>]*>", page)[1:]
longest = max(sections, key=len)
print(f"longest h2 section: {longest.partition('</h2>')[0]} ({len(longest):,} characters)")
