/* The section about schedules of feedmill.yaml(5). */
#include "cli/manual.h"

void manual_print_schedules(FILE *out)
{
	fputs(".SH SCHEDULES\n"
	      "\\fBschedule\\fR has one of four forms:\n"
	      ".TP\n\\fBcron\\fR\nFive fields as in \\fBcrontab\\fR(5): minute, hour, day of the month, month, day of the week (0 or 7 is Sunday), with names, lists, ranges "
	      "and steps (\\fB*/15\\fR, \\fB8\\-17/2\\fR); or \\fB@hourly\\fR, \\fB@daily\\fR, \\fB@weekly\\fR, \\fB@monthly\\fR, \\fB@yearly\\fR. Where neither the day "
	      "of the month nor that of the week begins with \\fB*\\fR, a day need only be one of them.\n"
	      ".TP\n\\fBcalendar\\fR\nWhat systemd's \\fBOnCalendar=\\fR takes, see \\fBsystemd.time\\fR(7): \\fBMon..Fri 08:30\\fR, \\fB*\\-*~1 23:00\\fR (the last day of "
	      "each month), \\fBhourly\\fR, also with a zone of its own behind it. Fractions of a second are refused.\n"
	      ".TP\n\\fBevery\\fR\nA duration from one second to 366 days. Times are whole multiples of it since 1970\\-01\\-01T00:00Z, so that they are the same after "
	      "each restart and on each machine.\n"
	      ".TP\n\\fBplan\\fR\nA mapping of lists (or single values): \\fBminutes\\fR (left out: 0), \\fBhours\\fR, \\fBmonth_days\\fR, \\fBweekdays\\fR, \\fBmonths\\fR, "
	      "\\fByears\\fR (left out: every one); \\fBnth\\fR (\\fBfirst\\fR to \\fBfifth\\fR, or \\fBlast\\fR) picks of the weekdays of a month; \\fBstart\\fR and "
	      "\\fBstop\\fR are \\fBactive_from\\fR and \\fBactive_until\\fR. All that is said must hold.\n"
	      ".PP\nA text is \\fBcron\\fR where it has five words or begins with \\fB@\\fR, else \\fBcalendar\\fR. Times are those of the clocks in \\fBtimezone\\fR, by "
	      "the zone data of the system. An expression that is never due from 1970 to 2199 is a mistake.\n"
	      ".PP\nWhere clocks change: a time that they skip is due at the end of the gap, once for all times in it; a time that they show twice is due at the first. A "
	      "schedule of every hour (\\fB*\\fR as hour, or all 24) goes by real time instead: it has nothing to make up for, and the second of two equal hours has "
	      "its runs as well.\n"
	      ".PP\n\\fBjitter\\fR makes a job start later by an amount that its name decides, and \\fBquiet\\fR moves starts in those hours to their end. Neither "
	      "changes when a run is due: that instant is what the ledger knows it by. \\fBfeedmill next\\fR shows both, with what is unusual.\n"
	      ".PP\nDates of the feed that state no offset are read by the same clocks: one that they skip is the end of the gap, one that they show twice the first.\n",
	      out);
}
