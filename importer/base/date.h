/* Dates of the proleptic Gregorian calendar, counted by arithmetic of our own: no locale, no time zone of the machine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct date {
	int64_t year;
	int month; /* from 1 */
	int day;   /* from 1 */
};

/* Days since 1970-01-01. */
int64_t date_to_days(const struct date *date);
struct date date_from_days(int64_t days);

bool date_is_leap_year(int64_t year);

/* Of a month from 1 to 12. */
int date_days_in_month(int64_t year, int month);

/* 0 = Sunday … 6 = Saturday, of a day counted from 1970-01-01. */
int date_weekday(int64_t days);
