/* The text of schema/sqlite, put into the program by embed.cmake. Private to importer/store/sqlite. */
#pragma once

extern const char schema_001_store[];
extern const char schema_views[];
