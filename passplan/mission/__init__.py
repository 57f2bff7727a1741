"""Joins the stages: the catalogue, one pass from track to key, and the published figures beside it."""
