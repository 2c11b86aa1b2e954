"""What people and copilots say: remembered, corrected, pinned, reviewed, undone."""
