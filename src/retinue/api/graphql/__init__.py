"""GraphQL over the same functions, shapes and permissions as REST.

| module | has |
| --- | --- |
| `fields` | how a field is declared: its permission, its arguments, its answer |
| `kinds` | from the shapes of REST to the types of GraphQL |
| `customers`, `campaigns`, `figures`, `work` | the fields that read |
| `acts` | the fields that change something |
| `live` | the fields that tell of changes |
| `loading` | one read for many customers |
| `weighing`, `costing` | what a question may ask for at most |
| `questions` | from a text to a question that may be answered |
| `faults` | errors, as the problems of REST |
| `schema` | all fields together |
"""
