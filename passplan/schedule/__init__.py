"""Which contacts to fly: windows that compete for terminals, weather and quotas in, a proven timetable out."""
