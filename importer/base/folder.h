/* Folders of the file system. */
#pragma once

#include "base/slice.h"

/* Make the folder `path` and those above it, for nobody but us (0700); those that are there stay as they are. -1 with errno. */
must_use int folder_make_all(const char *path);
