"""What every room needs of CKAN, PostgreSQL and the disk."""
