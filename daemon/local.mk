# The program: main, the engine, the roles.
