/* Until when a held run waits for an approval, as a piece of SQL. Private to importer/store/sqlite. */
#pragma once

/*
 * Has the row `later` of table run overtaken the held run in the row `held`? The job's feed has been applied or found
 * unchanged since, or the same plan of the same bytes is held again. An undo brings no feed. Finds rows by index run_by_job.
 */
#define HELD_IS_OVERTAKEN(later, held)                                                                               \
	later ".job = " held ".job AND " later ".run_id > " held ".run_id AND " later ".catalog = " held ".catalog"  \
	      " AND " later ".trigger <> 'undo' AND (" later ".outcome IN ('applied', 'unchanged') OR (" later       \
	      ".outcome = 'held' AND " later ".plan_digest = " held ".plan_digest AND " later ".feed_sha256 = " held \
	      ".feed_sha256))"
