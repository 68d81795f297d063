/* Texts of a feed inside YAML that is written for people to edit. */
#pragma once

#include "base/buffer.h"

/* A scalar: plain where that is safe, else quoted. */
void yaml_append_scalar(struct buffer *buffer, struct slice text);

/* Part of a comment: one line, printable. */
void yaml_append_comment(struct buffer *buffer, struct slice text);
