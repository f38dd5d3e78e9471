import asyncio

from servers.everything import get_structured_content
from servers.filesystem import write_file

CITIES = ["New York", "Chicago", "Los Angeles"]
reports = await asyncio.gather(*(get_structured_content(location=city) for city in CITIES))
rows = [
    f"{city},{report.temperature},{report.humidity},{report.conditions}"
    for city, report in zip(CITIES, reports, strict=True)
]
await write_file(path="weather.csv", content="\n".join(["city,celsius,humidity,sky", *rows]) + "\n")
print("\n".join(rows))
