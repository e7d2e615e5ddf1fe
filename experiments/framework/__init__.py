"""What all experiments share: how they are declared, run, kept up to date and drawn."""
