/*
 * JSON in UTF-8 to records. The root value is the first step of every path;
 * JSON Lines are read as an array of their lines.
 *
 * Only names that a selection asks for, and those inside of records, enter
 * the name table. Of an object's members with one name the last counts inside
 * a record. On the way to records all of them are read, since those of the
 * first have been handed over by then; a fault is told in both cases, but not
 * for names that nothing asks for.
 */
#pragma once

#include "base/error.h"
#include "feed/reader.h"

/* Fails when memory is exhausted only. */
must_use int json_reader_new(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err);
