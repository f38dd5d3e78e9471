from servers.memory import add_observations, read_graph

graph = await read_graph()
needed_by: dict[str, list[str]] = {}
for relation in graph.relations:
    if relation.relationType == "requires":
        needed_by.setdefault(relation.to, []).append(relation.from_)

broken: set[str] = set()
queue = ["anyio"]
while queue:
    fresh = set(needed_by.get(queue.pop(), [])) - broken
    broken |= fresh
    queue += fresh

note = f"Without it these break: {', '.join(sorted(broken))}"
await add_observations(observations=[{"entityName": "anyio", "contents": [note]}])
print(f"{len(broken)} of {len(graph.entities)} packages need anyio: {', '.join(sorted(broken))}")
