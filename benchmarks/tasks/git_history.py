from collections import Counter

from servers.git import git_log, git_show

log = await git_log(repo_path=".", max_count=20)
commits = [line.split()[1].strip("'\"") for line in log.splitlines() if line.startswith("Commit:")]

files: Counter[str] = Counter()
authors: Counter[str] = Counter()
for commit in commits:
    for line in (await git_show(repo_path=".", revision=commit)).splitlines():
        if line.startswith("+++ b/"):
            files[line.removeprefix("+++ b/")] += 1
        elif line.startswith("Author:"):
            authors[line.removeprefix("Author:").strip()] += 1

print(len(commits), "commits by", ", ".join(f"{who} ({n})" for who, n in authors.most_common()))
for file, changes in files.most_common(8):
    print(f"{changes:>3} {file}")
