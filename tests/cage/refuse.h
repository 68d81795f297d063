/* A system that lacks something: system calls that are refused from now on, to this process and to those that come of it. */
#pragma once

#include "base/slice.h"

/* Refuse the call as a kernel or container does that does not have it. False where this cannot be done. */
must_use bool refuse_call(long call);
