"""Why two numbers of one network differ: which changes give a printed figure, and what each of them adds."""
