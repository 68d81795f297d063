-- Version 1 of the market store in SQLite.
--
-- Inside, items are keyed by integers and named by catalogue; the tables that
-- other programs read (category, product, sku, …) are views over them. A write
-- through a view is a person's: it works, and the jobs it touches forget that
-- their feed is unchanged.

CREATE TABLE store_info (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	seed INTEGER NOT NULL                 -- random, so that nobody outside can aim at a fingerprint
);
INSERT INTO store_info VALUES (1, random());

CREATE TABLE catalog_name (
	catalog_key INTEGER PRIMARY KEY,
	catalog     TEXT NOT NULL UNIQUE
);

CREATE TABLE job_name (
	job_key INTEGER PRIMARY KEY,
	job     TEXT NOT NULL UNIQUE
);

-- Jobs that the daemon has seen to since; what their schedules say of earlier times is not caught up.
CREATE TABLE job_schedule (
	job_key  INTEGER PRIMARY KEY,
	since_ms INTEGER NOT NULL
);

-- One run of a job at a time. The token grows with every holder.
CREATE TABLE job_lease (
	job_key       INTEGER PRIMARY KEY,
	token         INTEGER NOT NULL,
	run_id        INTEGER,                -- NULL: free
	host          TEXT,
	pid           INTEGER,
	process_start INTEGER,
	expires_at_ms INTEGER
);

-- What there is to know of a job beside its runs and items: is it paused, and is there a problem that people have to know of?
CREATE TABLE job_state (
	job_key          INTEGER PRIMARY KEY,
	paused_at_ms     INTEGER,             -- NULL: it is not paused
	paused_until_ms  INTEGER,             -- NULL: until somebody resumes it
	paused_reason    TEXT,
	problem          TEXT,                -- failed, temporary, held, missed; NULL: none
	problem_at_ms    INTEGER,             -- when it began, whatever it has become since
	problem_run_id   INTEGER,             -- the first run that had it; NULL: none ran
	problem_runs     INTEGER NOT NULL DEFAULT 0, -- and how many in a row have had it
	told             TEXT,                -- the problem that people were told of last; NULL: none, or that it is over
	told_with_others INTEGER NOT NULL DEFAULT 0, -- 1: in one notice about many jobs, whose end is another job's to tell
	telling_until_ms INTEGER,             -- somebody is telling them; NULL: nobody
	schedule         TEXT,                -- by which the job is watched for runs that do not come
	watched_at_ms    INTEGER              -- since when
);
CREATE INDEX job_state_untold ON job_state (job_key) WHERE told IS NOT problem;

-- Hooks that do not tell people what they are to tell.
CREATE TABLE hook_state (
	hook             INTEGER PRIMARY KEY, -- a hash of its words, which may be secret
	failing_at_ms    INTEGER NOT NULL,    -- since when
	failures         INTEGER NOT NULL,    -- how many calls in a row
	hangs            INTEGER NOT NULL,    -- and the last of them that did not end
	failed_at_ms     INTEGER NOT NULL,    -- the last call
	waits_until_ms   INTEGER,             -- nobody calls it before; NULL: whoever comes next does
	error            TEXT NOT NULL        -- of the last call; it names the program
);

-- When the jobs of the store were last looked at for runs that did not come.
CREATE TABLE missed_check (
	only          INTEGER PRIMARY KEY CHECK (only = 1),
	checked_at_ms INTEGER NOT NULL
);
INSERT INTO missed_check VALUES (1, 0);

-- What a job remembers of its last applied feed.
CREATE TABLE job_memory (
	job_key            INTEGER NOT NULL,
	catalog_key        INTEGER NOT NULL,
	is_clean           INTEGER NOT NULL,  -- 1: nobody else changed anything since; 2: nor that, but the feed has to be read again
	source_digest      TEXT NOT NULL,
	seed               TEXT NOT NULL,
	feed_sha256        TEXT NOT NULL,
	etag               TEXT NOT NULL,
	last_modified      TEXT NOT NULL,
	charset            TEXT NOT NULL,
	awaits_items       INTEGER NOT NULL DEFAULT 0, -- its feed names items that it may not add: another job may
	owes_products      INTEGER NOT NULL DEFAULT 0, -- its scope or categories policy left products other than their SKUs make them
	categories_present INTEGER NOT NULL,  -- as the run left them
	products_present   INTEGER NOT NULL,
	skus_present       INTEGER NOT NULL,
	run_id             INTEGER NOT NULL DEFAULT 0, -- that wrote it
	known_records      INTEGER NOT NULL DEFAULT 0, -- in known_segment, which is worth nothing without this row
	known_segment      INTEGER NOT NULL DEFAULT 0, -- number of its last row
	PRIMARY KEY (job_key, catalog_key)
) WITHOUT ROWID;

-- Records of a job's last applied feed that need not be read again: fingerprints, and what each did. Many in one row.
CREATE TABLE known_segment (
	segment_key INTEGER PRIMARY KEY,
	job_key     INTEGER NOT NULL,
	catalog_key INTEGER NOT NULL,
	number      INTEGER NOT NULL,         -- from 1, without gaps
	records     INTEGER NOT NULL,
	keys        INTEGER NOT NULL,         -- of the rows that they are about, so many
	content     BLOB NOT NULL
);
CREATE UNIQUE INDEX known_segment_by_job ON known_segment (job_key, catalog_key, number);

-- The highest stock of a job by UTC day, for the last days: a catalogue that bleeds slowly is seen by it.
CREATE TABLE job_high (
	job_key     INTEGER NOT NULL,
	catalog_key INTEGER NOT NULL,
	day         INTEGER NOT NULL,         -- since 1970-01-01
	run_id      INTEGER NOT NULL,         -- the last that wrote it
	products    INTEGER NOT NULL,         -- without what is absent and waits to be removed
	skus        INTEGER NOT NULL,
	PRIMARY KEY (job_key, catalog_key, day)
) WITHOUT ROWID;

CREATE TABLE category_data (
	category_key   INTEGER PRIMARY KEY,
	catalog_key    INTEGER NOT NULL,
	category_id    TEXT NOT NULL,
	parent_id      TEXT,                  -- may dangle
	name           TEXT,
	path           TEXT,                  -- JSON array of names from the root; NULL where no root is reached
	position       INTEGER,
	url            TEXT,
	status         TEXT NOT NULL,
	suppressed     INTEGER NOT NULL DEFAULT 0,
	job_key        INTEGER NOT NULL,      -- the holder whose words stand
	extra          TEXT,
	texts          TEXT,                  -- JSON array, as table text has them
	created_run_id INTEGER NOT NULL
);
CREATE UNIQUE INDEX category_data_by_id ON category_data (catalog_key, category_id);

-- Every job that names a category holds it; it goes with the last.
CREATE TABLE category_holder (
	job_key      INTEGER NOT NULL,
	category_key INTEGER NOT NULL,
	PRIMARY KEY (job_key, category_key)
) WITHOUT ROWID;
CREATE INDEX category_holder_by_category ON category_holder (category_key);

-- Items that a job's whole feeds lack, and for how many runs in a row (missing: after).
CREATE TABLE absent_item (
	job_key     INTEGER NOT NULL,
	catalog_key INTEGER NOT NULL,
	kind        INTEGER NOT NULL,         -- 0 category, 1 product, 2 SKU
	item_key    INTEGER NOT NULL,
	runs        INTEGER NOT NULL,
	run_id      INTEGER NOT NULL,         -- the last of them
	PRIMARY KEY (job_key, catalog_key, kind, item_key)
) WITHOUT ROWID;

CREATE TABLE product_data (
	product_key      INTEGER PRIMARY KEY,
	catalog_key      INTEGER NOT NULL,
	job_key          INTEGER NOT NULL,
	created_run_id   INTEGER NOT NULL,
	product_id       TEXT NOT NULL,
	origin           TEXT NOT NULL,       -- stated, synthesised, self
	name             TEXT,
	description      TEXT,
	brand            TEXT,
	url              TEXT,
	images           TEXT,
	attributes       TEXT,
	tags             TEXT,
	status           TEXT NOT NULL,
	extra            TEXT,
	categories       TEXT,                -- JSON array of ids, as product_category_data has them
	price_micros     INTEGER,             -- a stated product's own: passes to SKUs that lack one
	old_price_micros INTEGER,
	currency         TEXT,
	availability     TEXT,
	quantity_micros  INTEGER,
	texts            TEXT,                -- JSON array, as table text has them
	custom_fields    TEXT,                -- JSON object
	children         TEXT,                -- JSON array of the SKUs it lists, by id or reference
	parts            TEXT,                -- JSON object: what other records add, last in the lists above
	suppressed       INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX product_data_by_id ON product_data (catalog_key, product_id);
-- With all that counting takes, so that rows are not read for it.
CREATE INDEX product_data_present ON product_data (catalog_key, job_key, origin, product_key, status) WHERE status <> 'missing';

CREATE INDEX product_data_with_children ON product_data (catalog_key, job_key, product_key) WHERE children IS NOT NULL AND status <> 'missing';
CREATE INDEX product_data_with_parts ON product_data (catalog_key, job_key, product_id) WHERE parts IS NOT NULL;

-- Products by the SKUs that they list: product_data.children the other way round.
CREATE TABLE product_child_data (
	catalog_key INTEGER NOT NULL,
	child_id    TEXT NOT NULL,            -- may dangle
	product_key INTEGER NOT NULL,
	PRIMARY KEY (catalog_key, child_id, product_key)
) WITHOUT ROWID;

-- Products that policy 'keep' left behind when the last of their SKUs went.
CREATE TABLE product_without_sku (
	product_key INTEGER PRIMARY KEY
);

-- Every category id that a product is in, or was; there need be no such category. Those that no product is in any more go with time.
CREATE TABLE category_name (
	category_number INTEGER PRIMARY KEY,
	catalog_key     INTEGER NOT NULL,
	category_id     TEXT NOT NULL
);
-- The id first, as people ask for it without a catalogue, too.
CREATE UNIQUE INDEX category_name_by_id ON category_name (category_id, catalog_key);

CREATE TABLE product_category_data (
	product_key     INTEGER NOT NULL,
	category_number INTEGER NOT NULL,     -- of the product's catalogue
	position        INTEGER NOT NULL,     -- 0 = main
	PRIMARY KEY (product_key, category_number)
) WITHOUT ROWID;
CREATE INDEX product_category_data_by_category ON product_category_data (category_number);

CREATE TABLE sku_data (
	sku_key          INTEGER PRIMARY KEY,
	catalog_key      INTEGER NOT NULL,
	job_key          INTEGER NOT NULL,
	created_run_id   INTEGER NOT NULL,
	sku_id           TEXT NOT NULL,
	product_id       TEXT NOT NULL,
	product_link     INTEGER NOT NULL,    -- how the record named its product: 0 self, 1 group, 2 named, 3 alone, 4 listed
	name             TEXT,
	description      TEXT,
	url              TEXT,
	brand            TEXT,                -- for its product
	condition        TEXT,
	gtin             TEXT,
	mpn              TEXT,
	merchant_sku     TEXT,
	images           TEXT,
	attributes       TEXT,
	tags             TEXT,
	weight_g         INTEGER,
	status           TEXT NOT NULL,
	categories       TEXT,                -- for its product: JSON array of ids
	prices           TEXT,                -- JSON array, as price_data has them
	stocks           TEXT,                -- JSON array, as stock_data has them
	extra            TEXT,
	texts            TEXT,                -- JSON array, as table text has them
	custom_fields    TEXT,                -- JSON object
	reference        TEXT,                -- by which products list it, where that is not its id
	parts            TEXT,                -- JSON object: what other records add, last in the lists above
	offer_job_key    INTEGER NOT NULL,    -- whose price, old price, currency and further prices stand
	stock_job_key    INTEGER NOT NULL,    -- whose availability, quantity and stock by place stand
	suppressed       INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX sku_data_by_id ON sku_data (catalog_key, sku_id);
CREATE INDEX sku_data_by_product ON sku_data (catalog_key, product_id, sku_id);
CREATE INDEX sku_data_present ON sku_data (catalog_key, job_key, sku_key, status) WHERE status <> 'missing';
-- What price and inventory jobs hold of other jobs' SKUs.
CREATE INDEX sku_data_offer ON sku_data (catalog_key, offer_job_key, sku_key) WHERE offer_job_key <> job_key;
CREATE INDEX sku_data_stock ON sku_data (catalog_key, stock_job_key, sku_key) WHERE stock_job_key <> job_key;

CREATE INDEX sku_data_by_reference ON sku_data (catalog_key, reference) WHERE reference IS NOT NULL;
CREATE INDEX sku_data_listed ON sku_data (catalog_key, job_key) WHERE product_link = 4;
CREATE INDEX sku_data_with_parts ON sku_data (catalog_key, job_key, sku_id) WHERE parts IS NOT NULL;

-- A SKU's price and stock, which change most often: close together, so that few pages have many of them. Each SKU has a row.
CREATE TABLE offer_data (
	sku_key          INTEGER PRIMARY KEY,
	price_micros     INTEGER,
	old_price_micros INTEGER,
	currency         TEXT,
	availability     TEXT,
	quantity_micros  INTEGER
);
CREATE TRIGGER sku_data_deleted AFTER DELETE ON sku_data
BEGIN
	DELETE FROM offer_data WHERE sku_key = OLD.sku_key;
END;

CREATE TABLE price_data (
	sku_key             INTEGER NOT NULL,
	kind                TEXT NOT NULL,    -- sale, list, …
	currency            TEXT NOT NULL,    -- '' = unknown
	min_quantity_micros INTEGER NOT NULL,
	region              TEXT NOT NULL,    -- '' = everywhere
	valid_from_ms       INTEGER NOT NULL, -- the smallest integer = always was
	valid_to_ms         INTEGER NOT NULL, -- the greatest integer = always will be
	amount_micros       INTEGER NOT NULL,
	PRIMARY KEY (sku_key, kind, currency, min_quantity_micros, region, valid_from_ms, valid_to_ms)
) WITHOUT ROWID;

CREATE TABLE stock_data (
	sku_key         INTEGER NOT NULL,
	place           TEXT NOT NULL,
	quantity_micros INTEGER,
	availability    TEXT,
	PRIMARY KEY (sku_key, place)
) WITHOUT ROWID;

-- What records of a job add to items that other records of it state; it waits where no record does.
CREATE TABLE part_data (
	part_key    INTEGER PRIMARY KEY,
	catalog_key INTEGER NOT NULL,
	job_key     INTEGER NOT NULL,
	kind        INTEGER NOT NULL,         -- 1 product, 2 sku
	item_id     TEXT NOT NULL,
	position    INTEGER NOT NULL,         -- the greatest integer = none
	hash        BLOB NOT NULL,            -- of the content
	content     TEXT NOT NULL,            -- JSON object of lists by field
	absent_runs INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX part_data_by_content ON part_data (catalog_key, job_key, kind, item_id, position, hash);

-- Values in other languages than a job's own.
CREATE TABLE text (
	catalog  TEXT NOT NULL,
	entity   TEXT NOT NULL,
	item_id  TEXT NOT NULL,
	field    TEXT NOT NULL,
	language TEXT NOT NULL,
	value    TEXT NOT NULL,
	job_key  INTEGER,             -- a job of scope texts; NULL: the item's own, whose column has it too
	PRIMARY KEY (catalog, entity, item_id, field, language)
) WITHOUT ROWID;
CREATE INDEX text_by_job ON text (job_key, catalog) WHERE job_key IS NOT NULL;

-- Definitions of custom fields.
CREATE TABLE field (
	catalog       TEXT NOT NULL,
	entity        TEXT NOT NULL,
	field_id      TEXT NOT NULL,
	name          TEXT,
	value_type    TEXT NOT NULL,
	required      INTEGER NOT NULL DEFAULT 0,
	default_value TEXT,
	enum_values   TEXT,
	PRIMARY KEY (catalog, entity, field_id)
) WITHOUT ROWID;

-- What a job says about the fields of its items depends on them, whoever defines them.
CREATE TRIGGER field_inserted AFTER INSERT ON field
BEGIN
	UPDATE job_memory SET is_clean = 0 WHERE is_clean <> 0 AND catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = NEW.catalog);
END;
CREATE TRIGGER field_updated AFTER UPDATE ON field
BEGIN
	UPDATE job_memory SET is_clean = 0 WHERE is_clean <> 0 AND catalog_key IN (SELECT catalog_key FROM catalog_name WHERE catalog IN (OLD.catalog, NEW.catalog));
END;
CREATE TRIGGER field_deleted AFTER DELETE ON field
BEGIN
	UPDATE job_memory SET is_clean = 0 WHERE is_clean <> 0 AND catalog_key = (SELECT catalog_key FROM catalog_name WHERE catalog = OLD.catalog);
END;

CREATE TABLE run (
	run_id              INTEGER PRIMARY KEY AUTOINCREMENT,
	job                 TEXT NOT NULL,
	catalog             TEXT NOT NULL,
	trigger             TEXT NOT NULL,
	due_at_ms           INTEGER,          -- trigger schedule: the instant that the run is for
	attempt             INTEGER,          -- … and which run for it this is, from 1
	retry_at_ms         INTEGER,          -- failed: worth another attempt, not before this
	started_at_ms       INTEGER NOT NULL,
	finished_at_ms      INTEGER,
	outcome             TEXT NOT NULL,    -- running, then applied, unchanged, planned, held, failed, cancelled, interrupted
	source              TEXT,             -- masked
	dialect             TEXT,
	encoding            TEXT,
	unsifted            TEXT,             -- why records that were known had to be read, as a clause
	feed_sha256         TEXT,
	bytes               INTEGER,
	config_digest       TEXT,
	plan_digest         TEXT,
	guard               TEXT,             -- JSON: what guards found; NULL: nothing
	error               TEXT,             -- JSON: code, message, line, column, byte
	connection          TEXT,
	connection_revision TEXT,
	parent_run_id       INTEGER,
	settings            TEXT,             -- JSON: what the command line said over the job's configuration
	fetched             TEXT,             -- JSON: what an approval or a replay has to know of the fetch
	counts              TEXT,             -- JSON; NULL where nothing was read
	records             INTEGER,          -- read, of the counts
	lock_wait_ms        INTEGER,          -- how long the run waited for other writers, and how long it kept them waiting
	lock_held_ms        INTEGER,
	undoable            INTEGER NOT NULL DEFAULT 0, -- 1: applied, and its rows of undo_row are here
	spooled             INTEGER NOT NULL DEFAULT 0  -- 1: its feed, and its plan if it left one, are kept in the spool
);
CREATE INDEX run_by_job ON run (job, run_id);
CREATE UNIQUE INDEX run_due ON run (job, due_at_ms, attempt) WHERE due_at_ms IS NOT NULL;
CREATE INDEX run_undoable ON run (job, run_id) WHERE undoable = 1;
CREATE INDEX run_spooled ON run (job, run_id) WHERE spooled = 1;
CREATE INDEX run_spooled_feed ON run (feed_sha256) WHERE spooled = 1;
CREATE INDEX run_by_parent ON run (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX run_undo ON run (job, run_id) WHERE trigger = 'undo';
CREATE INDEX run_succeeded ON run (job, finished_at_ms) WHERE outcome IN ('applied', 'unchanged');
CREATE INDEX run_held ON run (job, run_id) WHERE outcome = 'held';
CREATE INDEX run_by_outcome ON run (job, outcome, run_id, trigger, records, finished_at_ms);

-- A run that ended well ends what was wrong with its job; any other, but for one that was told to stop, begins it or goes on
-- with it. Whatever writes the end of a run, its job's problem is true at once.
CREATE TRIGGER run_ended AFTER UPDATE OF outcome ON run
WHEN OLD.outcome = 'running' AND NEW.outcome IN ('applied', 'unchanged', 'held', 'failed', 'interrupted') AND NEW.trigger <> 'undo'
BEGIN
	INSERT INTO job_state (job_key, problem, problem_at_ms, problem_run_id, problem_runs)
	SELECT j.job_key, e.problem, NEW.started_at_ms, NEW.run_id, 1
	FROM (SELECT CASE
		WHEN NEW.outcome IN ('applied', 'unchanged') THEN NULL
		WHEN NEW.outcome = 'held' THEN 'held'
		WHEN NEW.outcome = 'failed' AND (NEW.error GLOB '{"code":"network",*' OR NEW.error GLOB '{"code":"store_busy",*'
			OR NEW.error GLOB '{"code":"timeout",*' OR NEW.error GLOB '{"code":"too_early",*') THEN 'temporary'
		ELSE 'failed' END AS problem) e
	CROSS JOIN job_name j ON j.job = NEW.job
	WHERE e.problem IS NOT NULL OR EXISTS (SELECT 1 FROM job_state s WHERE s.job_key = j.job_key AND s.problem IS NOT NULL)
	ON CONFLICT (job_key) DO UPDATE SET
		problem = excluded.problem,
		problem_at_ms = iif(excluded.problem IS NULL, NULL, coalesce(problem_at_ms, excluded.problem_at_ms)),
		problem_run_id = iif(excluded.problem IS NULL, NULL, coalesce(problem_run_id, excluded.problem_run_id)),
		problem_runs = iif(excluded.problem IS NULL, 0, problem_runs + 1);
END;

-- What a run changed, but for items it created: their created_run_id says so.
CREATE TABLE change (
	run_id  INTEGER NOT NULL,
	kind    TEXT NOT NULL,
	item_id TEXT NOT NULL,
	action  TEXT NOT NULL,                -- updated, removed, restored
	before  TEXT,
	after   TEXT
);
CREATE INDEX change_by_run ON change (run_id, kind, item_id);

-- What a run did to rows that were there before, so that it can be taken back, and all that decides the next run. Items
-- that it created are told by their created_run_id, but for those that an undo brought back.
CREATE TABLE undo_row (
	run_id  INTEGER NOT NULL,
	source  TEXT NOT NULL,                -- what the row is about: category, product, sku, holder, absent, part, field, left, text
	item_id TEXT NOT NULL,
	detail  TEXT NOT NULL,                -- JSON array: what else the row's key has; '' = nothing
	before  TEXT,                         -- JSON object of columns, of an update those that differ; NULL: there was no row
	after   TEXT,                         -- the same; NULL: there is none any more
	PRIMARY KEY (run_id, source, item_id, detail)
) WITHOUT ROWID;

-- Items that people have changed through the views, and the last run at that time: an undo does not delete them.
CREATE TABLE hand_edit (
	catalog_key INTEGER NOT NULL,
	kind        INTEGER NOT NULL,         -- 0 category, 1 product, 2 SKU
	item_id     TEXT NOT NULL,
	run_id      INTEGER NOT NULL,
	PRIMARY KEY (catalog_key, kind, item_id)
) WITHOUT ROWID;

CREATE TABLE complaint (
	run_id        INTEGER NOT NULL,
	severity      TEXT NOT NULL,
	code          TEXT NOT NULL,
	kind          TEXT,
	item_id       TEXT,
	line_no       INTEGER,
	column_no     INTEGER,
	byte_offset   INTEGER,
	field         TEXT,
	text          TEXT,
	record        INTEGER,                -- ordinal in the feed, from 1
	stream_offset INTEGER                 -- of the record in the decoded feed
);
CREATE INDEX complaint_by_run ON complaint (run_id, code);
