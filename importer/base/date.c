/* Dates and days. */
#include "base/date.h"

#define DAYS_PER_ERA INT64_C(146097)  /* 400 years */
#define DAYS_TO_EPOCH INT64_C(719468) /* from 0000-03-01 to 1970-01-01 */
#define WEEKDAY_OF_EPOCH 4            /* a Thursday */

/* Years begin in March here, so that the leap day is a year's last day. */
int64_t date_to_days(const struct date *date)
{
	const int64_t year = date->month <= 2 ? date->year - 1 : date->year;
	const int64_t era = (year >= 0 ? year : year - 399) / 400;
	const int64_t year_of_era = year - era * 400;
	const int64_t month_from_march = (date->month + 9) % 12;
	const int64_t day_of_year = (153 * month_from_march + 2) / 5 + date->day - 1;
	const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

struct date date_from_days(int64_t days)
{
	const int64_t shifted = days + DAYS_TO_EPOCH;
	const int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	const int64_t day_of_era = shifted - era * DAYS_PER_ERA;
	const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const int64_t month_from_march = (5 * day_of_year + 2) / 153;
	const int month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);

	return (struct date){
		.year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
		.month = month,
		.day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
	};
}

bool date_is_leap_year(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int date_days_in_month(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && date_is_leap_year(year) ? 1 : 0);
}

int date_weekday(int64_t days)
{
	return (int)(((days + WEEKDAY_OF_EPOCH) % 7 + 7) % 7);
}
