/* Each policy of a job: what it writes, what it leaves alone, and how both are counted. */
#include "apply_scenario.h"
#include "apply_tests.h"

#define MARK .missing = APPLY_MISSING_MARK
#define DELETE .missing = APPLY_MISSING_DELETE
#define ADD .policy = {.mode = APPLY_MODE_ADD}
#define UPDATE .policy = {.mode = APPLY_MODE_UPDATE}
#define SKUS_ONLY .policy = {.scope = APPLY_SCOPE_SKUS}
#define PRICES .policy = {.scope = APPLY_SCOPE_PRICES}
#define SKUS "SELECT sku_id, product_id, status, name, price_micros FROM sku_data JOIN offer_data USING (sku_key) ORDER BY sku_id"
#define PRODUCTS "SELECT product_id, origin, status, name FROM product_data ORDER BY product_id"
#define CATEGORIES "SELECT category_id, parent_id, name, position, status FROM category_data ORDER BY category_id"
#define LINKS                                                                                                                          \
	"SELECT product_id, group_concat(category_id) FROM (SELECT product_id, category_id FROM product_category ORDER BY product_id," \
	" position) GROUP BY product_id ORDER BY product_id"
#define CLEAN "SELECT job, is_clean FROM job_memory JOIN job_name USING (job_key) ORDER BY job"

static const struct scenario modes[] = {
	{"add creates and leaves what is known alone",
         {{.feed = "category c - | name=C\nproduct p | name=P\nsku a p named | name=A | price=5"},
          {MARK, ADD,
           .feed = "category c - | name=C2\ncategory d c | name=D\nproduct p | name=P2\nsku a p named | name=A2\nsku b p named | name=B\n"
                   "sku a p named | name=A3\nsku a p named | name=A2\nsku b p named | name=B2",
           .skus = "stated 5 created 1 mode 3 duplicate 1 conflicting 1", .products = "stated 1 mode 1",
           .categories = "stated 2 created 1 mode 1", .sku_stock = "before 1 created 1 after 2",
           .category_stock = "before 1 created 1 after 2", .complaints = "duplicate_conflicting 1", .query = SKUS,
           .rows = "a|p|active|A|5\nb|p|active|B|-", .changes = ""}}},
	{"what else a further record of a known SKU states counts no more than when the SKU was new",
         {{ADD, .feed = "sku a a self | name=A\nsku a a self | name=A2\n+category c - | name=C"},
          {ADD, .feed = "sku a a self | name=A\nsku a a self | name=A2\n+category c - | name=C", .skus = "stated 2 mode 2",
           .categories = "stated 1 merged 1", .category_stock = "nothing"}}},
	{"add restores what is missing, and removes what is absent where that is said",
         {{.feed = "sku a a self | name=A\nsku b b self | name=B"},
          {MARK, .feed = "sku b b self | name=B"},
          {MARK, ADD, .feed = "sku a a self | name=A2", .skus = "stated 1 restored 1", .products = "derived 1 restored 1",
           .sku_stock = "before 1 restored 1 removed 1 after 1", .query = SKUS, .rows = "a|a|active|A2|-\nb|b|missing|B|-"}}},
	{"update writes what is known and says what is not",
         {{.feed = "category c - | name=C\nproduct p | name=P\nsku a p named | name=A | price=5"},
          {UPDATE,
           .feed = "category c - | name=C2\ncategory d c | name=D\nproduct p | name=P2\nproduct q | name=Q\nsku a p named | name=A2 | price=5\n"
                   "sku b q named | name=B\nsku b q named | name=B",
           .skus = "stated 3 updated 1 mode 2", .products = "stated 2 updated 1 mode 1", .categories = "stated 2 updated 1 mode 1",
           .complaints = "new_skipped 4", .query = SKUS, .rows = "a|p|active|A2|5"}}},
	{"update does not know what is missing",
         {{.feed = "sku a a self | name=A\nsku b b self | name=B\ncategory c - | name=C"},
          {MARK, .feed = "sku b b self | name=B"},
          {UPDATE, .feed = "sku a a self | name=A2\ncategory c - | name=C2\n+derived d -", .skus = "stated 1 mode 1",
           .categories = "stated 1 derived 1 mode 2", .sku_stock = "before 1 after 1", .complaints = "new_skipped 2",
           .changes = ""}}},
	{"a foreign item is foreign in every mode",
         {{.feed = "sku a a self | name=A"},
          {.job = "other", ADD, .feed = "sku a a self | name=X", .skus = "stated 1 foreign 1"},
          {.job = "other", UPDATE, .feed = "sku a a self | name=X", .skus = "stated 1 foreign 1"},
          {.job = "other", SKUS_ONLY, .feed = "sku a a self | name=X", .skus = "stated 1 foreign 1"}}},
	{"a row kept for a rejected record is left alone when a good one names it in mode add",
         {{.feed = "sku a a self | name=A"},
          {MARK, ADD, .feed = "reject sku a\nsku a a self | name=X", .skus = "stated 2 mode 1 rejected 1",
           .sku_stock = "before 1 after 1", .query = SKUS, .rows = "a|a|active|A|-"}}},
	{"other jobs that await items look again when they come",
         {{.job = "prices",
           PRICES,
           .feed = "sku a a self | price=7",
           .skus = "stated 1 scope 1",
           .query = CLEAN,
           .rows = "prices|1"},
          {.feed = "sku b b self | name=B", .query = CLEAN, .rows = "acme|1\nprices|0"}}},
};

static const struct scenario scopes[] = {
	{"skus come to known products only, and nothing else is written",
         {{.feed = "category c - | name=C\nproduct p | name=P\nsku a p named | name=A"},
          {.job = "other",
           SKUS_ONLY,
           .feed = "category d - | name=D\nproduct p | name=X\nproduct q | name=Q\nsku b p named | name=B | categories=[\"d\"]\n"
                   "sku e q named | name=E\nsku f f self",
           .skus = "stated 3 created 1 scope 2",
           .products = "stated 2 scope 2",
           .categories = "stated 1 scope 1",
           .complaints = "new_skipped 2",
           .query = PRODUCTS,
           .rows = "p|stated|active|P"}}},
	{"a SKU that moves to an unknown product stays where it is, and does not go missing",
         {{.feed = "sku a p group | name=A\nsku b p group | name=B"},
          {MARK, SKUS_ONLY, .feed = "sku a q group | name=A2", .skus = "stated 1 scope 1", .products = "derived 1 unchanged 1",
           .sku_stock = "before 2 removed 1 after 1", .query = SKUS, .rows = "a|p|active|A|-\nb|p|missing|B|-"}}},
	{"products that scope skus left behind are made anew by the next run of scope all",
         {{.feed = "sku a p group | name=Red shirt\nsku b p group | name=Red shoe"},
          {SKUS_ONLY, .feed = "sku a p group | name=Blue shirt", .skus = "stated 1 updated 1", .query = PRODUCTS,
           .rows = "p|synthesised|active|Red"},
          {SKUS_ONLY, .feed = "sku a p group | name=Blue shirt", .skus = "stated 1 unchanged 1"},
          {.feed = "sku a p group | name=Blue shirt\nsku b p group | name=Red shoe",
           .skus = "stated 2 unchanged 2",
           .products = "derived 1 updated 1",
           .query = PRODUCTS,
           .rows = "p|synthesised|active|Blue shirt"}}},
};

#define OFFER                                                                                                               \
	"SELECT sku_id, job, offer_job, stock_job, price_micros, old_price_micros, currency, availability, quantity_micros" \
	" FROM sku ORDER BY sku_id"

static const struct scenario offers[] = {
	{"a price job takes the price, the owner leaves it alone, and gets it back",
         {{.feed = "sku a a self | name=A | price=5 | currency=EUR | availability=in_stock"},
          {.job = "prices",
           .policy = {.scope = APPLY_SCOPE_PRICES, .keep_absent = UINT64_MAX},
           .feed = "sku a a self | name=X | price=7\nsku z z self | price=1",
           .skus = "stated 2 updated 1 scope 1",
           .sku_stock = "nothing",
           .products = "nothing",
           .complaints = "new_skipped 1",
           .changes = "sku|a|updated|{\"price_micros\":5}|{\"price_micros\":7}",
           .query = OFFER,
           .rows = "a|acme|prices|acme|7|-|EUR|in_stock|-"},
          {.feed = "sku a a self | name=A2 | price=6 | currency=USD | availability=preorder",
           .skus = "stated 1 updated 1",
           .changes =
                   "product|a|updated|{\"name\":\"A\"}|{\"name\":\"A2\"}\n"
                   "sku|a|updated|{\"name\":\"A\",\"availability\":\"in_stock\"}|{\"name\":\"A2\",\"availability\":\"preorder\"}",
           .query = OFFER,
           .rows = "a|acme|prices|acme|7|-|EUR|preorder|-"},
          {.job = "prices",
           PRICES,
           .feed = "sku z z self | price=1",
           .query = OFFER,
           .rows = "a|acme|acme|acme|7|-|EUR|preorder|-"},
          {.by_hand = "CREATE TABLE seen AS " CLEAN,
           .feed = "sku a a self | name=A2 | price=6 | currency=USD | availability=preorder",
           .query = "SELECT * FROM seen",
           .rows = "acme|0\nprices|1"},
          {.feed = "sku a a self | name=A2 | price=6 | currency=USD | availability=preorder",
           .skus = "stated 1 unchanged 1",
           .query = OFFER,
           .rows = "a|acme|acme|acme|6|-|USD|preorder|-"}}},
	{"price and stock come from two jobs, and a third finds both taken",
         {{.feed = "sku a a self | name=A | price=5 | currency=EUR | quantity=1"},
          {.job = "prices", PRICES, .feed = "sku a a self | price=7 | currency=EUR", .skus = "stated 1 updated 1"},
          {.job = "stock", PRICES, .feed = "sku a a self | quantity=9 | stocks=[{\"place\":\"x\"}]", .skus = "stated 1 updated 1"},
          {.job = "third",
           PRICES,
           .feed = "sku a a self | price=8 | quantity=8",
           .skus = "stated 1 foreign 1",
           .complaints = "foreign 1",
           .query = OFFER,
           .rows = "a|acme|prices|stock|7|-|EUR|-|9"},
          {.job = "third", PRICES, .feed = "sku a a self | name=X", .skus = "stated 1 unchanged 1", .complaints = "nothing"},
          {.job = "stock", PRICES, .feed = "sku b b self", .query = OFFER, .rows = "a|acme|prices|acme|7|-|EUR|-|9"},
          {.job = "third",
           PRICES,
           .feed = "sku a a self | price=8 | quantity=8",
           .skus = "stated 1 updated 1",
           .query = OFFER,
           .rows = "a|acme|prices|third|7|-|EUR|-|8"}}},
	{"a half is cleared where the policy says so, and only by the job that has it",
         {{.feed = "sku a a self | name=A | price=5 | old_price=6 | currency=EUR | quantity=1"},
          {.job = "prices", PRICES, .feed = "sku a a self | price=7", .query = OFFER, .rows = "a|acme|prices|acme|7|-|-|-|1"},
          {.job = "prices",
           PRICES,
           .feed = "sku a a self",
           .skus = "stated 1 updated 1",
           .query = OFFER,
           .rows = "a|acme|prices|acme|-|-|-|-|1"}}},
	{"duplicates, rejected records and missing SKUs of a price feed",
         {{.feed = "sku a a self | price=5\nsku b b self | price=5\nsku c c self | price=5"},
          {.job = "prices",
           PRICES,
           .feed = "sku a a self | price=7\nsku a a self | price=8\nsku a a self | price=7\nsku b b self | price=7\nsku c c self | price=7",
           .skus = "stated 5 updated 3 duplicate 2 conflicting 1"},
          {MARK, .feed = "sku a a self | price=5\nsku b b self | price=5", .sku_stock = "before 3 removed 1 after 2"},
          {.job = "prices",
           MARK,
           PRICES,
           .feed = "reject sku a\nsku c c self | price=7",
           .skus = "stated 2 scope 1 rejected 1 kept 1",
           .sku_stock = "nothing",
           .query = "SELECT sku_id, status, offer_job, price_micros FROM sku ORDER BY sku_id",
           .rows = "a|active|prices|7\nb|active|acme|7\nc|missing|acme|7"}}},
	{"a feed that is not proven whole lets go of nothing",
         {{.feed = "sku a a self | price=5\nsku b b self | price=5"},
          {.job = "prices", PRICES, .feed = "sku a a self | price=7"},
          {.job = "prices",
           PRICES,
           .is_unproven = true,
           .feed = "sku b b self | price=7",
           .query = "SELECT sku_id, offer_job FROM sku ORDER BY sku_id",
           .rows = "a|prices\nb|prices"}}},
	{"a job that writes prices no more gives them back",
         {{.feed = "sku a a self | price=5"},
          {.job = "other", PRICES, .feed = "sku a a self | price=7"},
          {.job = "other",
           .feed = "sku a a self | price=7",
           .skus = "stated 1 foreign 1",
           .query = "SELECT sku_id, job, offer_job FROM sku ORDER BY sku_id",
           .rows = "a|acme|acme"}}},
	{"what a price job has outlives a SKU that comes back",
         {{.feed = "sku a a self | price=5 | name=A"},
          {.job = "prices", PRICES, .feed = "sku a a self | price=7"},
          {MARK, .feed = "sku b b self"},
          {.feed = "sku a a self | price=5 | name=B",
           .skus = "stated 1 restored 1",
           .query = OFFER,
           .rows = "a|acme|prices|acme|7|-|-|-|-\nb|acme|acme|acme|-|-|-|-|-"}}},
};

#define TEXTS(code) .policy = {.scope = APPLY_SCOPE_TEXTS, .language = (code), .keep_absent = UINT64_MAX}
#define TEXT "SELECT entity, item_id, field, language, value FROM text ORDER BY entity, item_id, field, language"

static const struct scenario languages[] = {
	{"names and descriptions of known items, in one language, whosever the items are",
         {{.feed = "category c - | name=C\nproduct p | name=P\nsku a p named | name=A | price=5"},
          {.job = "german",
           TEXTS("de"),
           .feed = "category c - | name=Ce\ncategory d - | name=De\nproduct p | name=Pe | price=9\nsku a p named | name=Ae | description=Be | price=9\n"
                   "sku b p named | name=X\nsku a p named | name=Ae | description=Be\nsku a p named | name=Y",
           .skus = "stated 4 updated 1 scope 1 duplicate 2 conflicting 1",
           .products = "stated 1 updated 1",
           .categories = "stated 2 updated 1 scope 1",
           .sku_stock = "nothing",
           .complaints = "duplicate 1 duplicate_conflicting 1 new_skipped 2",
           .query = TEXT,
           .rows = "category|c|name|de|Ce\nproduct|p|name|de|Pe\nsku|a|description|de|Be\nsku|a|name|de|Ae",
           .changes = "category|c|updated|{\"texts\":{\"de\":{\"name\":null}}}|{\"texts\":{\"de\":{\"name\":\"Ce\"}}}\n"
                      "product|p|updated|{\"texts\":{\"de\":{\"name\":null}}}|{\"texts\":{\"de\":{\"name\":\"Pe\"}}}\n"
                      "sku|a|updated|{\"texts\":{\"de\":{\"name\":null,\"description\":null}}}|"
                      "{\"texts\":{\"de\":{\"name\":\"Ae\",\"description\":\"Be\"}}}"},
          {.job = "german",
           TEXTS("de"),
           .feed = "sku a p named | description=",
           .skus = "stated 1 updated 1",
           .query = TEXT,
           .rows = "category|c|name|de|Ce\nproduct|p|name|de|Pe\nsku|a|name|de|Ae"},
          {.job = "italian",
           TEXTS("it"),
           .feed = "sku a p named | name=Ai",
           .skus = "stated 1 updated 1",
           .query = SKUS,
           .rows = "a|p|active|A|5"},
          {DELETE, .feed = "category c - | name=C", .query = TEXT, .rows = "category|c|name|de|Ce"}}},
	{"a value of the item's own job, or of another job of texts, is foreign until it goes",
         {{.feed = "sku a a self | name=A | texts=[{\"field\":\"name\",\"language\":\"de\",\"value\":\"Own\"}]"},
          {.job = "german",
           TEXTS("de"),
           .feed = "sku a a self | name=Ae",
           .skus = "stated 1 foreign 1",
           .complaints = "foreign 1",
           .query = TEXT,
           .rows = "sku|a|name|de|Own"},
          {.feed = "sku a a self | name=A", .query = CLEAN, .rows = "acme|1\ngerman|0"},
          {.job = "german", TEXTS("de"), .feed = "sku a a self | name=Ae", .query = TEXT, .rows = "sku|a|name|de|Ae"},
          {.job = "other", TEXTS("de"), .feed = "sku a a self | name=X", .skus = "stated 1 foreign 1"},
          {.feed = "sku a a self | name=A | texts=[{\"field\":\"name\",\"language\":\"de\",\"value\":\"Own\"}]",
           .query = TEXT,
           .rows = "sku|a|name|de|Own"}}},
	{"a job that writes texts no more takes them back",
         {{.feed = "sku a a self | name=A"},
          {.job = "german", TEXTS("de"), .feed = "sku a a self | name=Ae"},
          {.job = "german",
           .feed = "sku b b self",
           .query = TEXT,
           .rows = "",
           .changes = "sku|a|updated|{\"texts\":{\"de\":{\"name\":\"Ae\"}}}|{\"texts\":{\"de\":{\"name\":null}}}"}}},
	{"SKUs that may stand alone, and the last of several",
         {{.feed = "sku a a alone | name=A"},
          {.job = "german",
           .policy = {.scope = APPLY_SCOPE_TEXTS, .language = "de", .duplicates = APPLY_DUPLICATES_LAST},
           .feed = "sku a a alone | name=X\nsku a a alone | name=Y",
           .skus = "stated 2 updated 1 duplicate 1 conflicting 1",
           .query = TEXT,
           .rows = "sku|a|name|de|Y"}}},
};

#define AFTER(runs) MARK, .policy = {.missing_after = (runs)}

static const struct scenario waiting[] = {
	{"an item goes when it was absent from three whole feeds in a row",
         {{.feed = "category c - | name=C\ncategory d - | name=D\nproduct p | name=P\nsku a p named\nsku b b self"},
          {AFTER(3), .feed = "sku b b self\ncategory d - | name=D", .sku_stock = "before 2 after 2 waiting 1",
           .product_stock = "before 2 after 2 waiting 1", .category_stock = "before 2 after 2 waiting 1", .query = CLEAN,
           .rows = "acme|2"},
          {AFTER(3), .feed = "sku b b self\ncategory d - | name=D", .sku_stock = "before 2 after 2 waiting 1"},
          {AFTER(3), .feed = "sku b b self\ncategory d - | name=D", .sku_stock = "before 2 removed 1 after 1",
           .product_stock = "before 2 removed 1 after 1", .category_stock = "before 2 removed 1 after 1", .query = CLEAN,
           .rows = "acme|1"}}},
	{"an item that comes back begins anew",
         {{.feed = "sku a a self\nsku b b self"},
          {AFTER(2), .feed = "sku b b self", .sku_stock = "before 2 after 2 waiting 1"},
          {AFTER(2), .feed = "sku a a self\nsku b b self", .sku_stock = "before 2 after 2"},
          {AFTER(2), .feed = "sku b b self", .sku_stock = "before 2 after 2 waiting 1"},
          {AFTER(2), .feed = "sku b b self", .sku_stock = "before 2 removed 1 after 1"}}},
	{"a feed that is not proven whole counts for nobody but what it names",
         {{.feed = "sku a a self\nsku b b self\nsku c c self"},
          {AFTER(2), .feed = "sku c c self", .sku_stock = "before 3 after 3 waiting 2"},
          {AFTER(2), .is_unproven = true, .feed = "sku a a self\nsku c c self", .sku_stock = "before 3 after 3"},
          {AFTER(2), .feed = "sku c c self", .sku_stock = "before 3 removed 1 after 2 waiting 1",
           .query = "SELECT sku_id, status FROM sku_data ORDER BY sku_id", .rows = "a|active\nb|missing\nc|active"}}},
	{"a run does not count for kinds that it leaves alone",
         {{.feed = "category c -\nproduct q | name=Q\nsku a a self\nsku b b self"},
          {AFTER(2), .feed = "sku b b self", .sku_stock = "before 2 after 2 waiting 1",
           .product_stock = "before 3 after 3 waiting 1", .category_stock = "before 1 after 1 waiting 1"},
          {MARK, .policy = {.missing_after = 2, .scope = APPLY_SCOPE_SKUS}, .feed = "sku a a self\nsku b b self",
           .sku_stock = "before 2 after 2", .product_stock = "before 3 after 3", .category_stock = "before 1 after 1"},
          {AFTER(2), .feed = "sku b b self", .sku_stock = "before 2 after 2 waiting 1",
           .product_stock = "before 3 removed 1 after 2", .category_stock = "before 1 removed 1"}}},
	{"a row kept for a rejected record is not absent",
         {{.feed = "sku a a self\nsku b b self"},
          {AFTER(2), .feed = "sku b b self", .sku_stock = "before 2 after 2 waiting 1"},
          {AFTER(2), .feed = "sku b b self\nreject sku a", .sku_stock = "before 2 after 2"},
          {AFTER(2), .feed = "sku b b self", .sku_stock = "before 2 after 2 waiting 1"}}},
	{"a feed that is not proven whole removes nothing at all",
         {{.feed = "category c -\nsku a a self\nsku b b self"},
          {DELETE, .is_unproven = true, .feed = "sku b b self", .sku_stock = "before 2 after 2",
           .category_stock = "before 1 after 1", .query = CLEAN, .rows = "acme|2"}}},
};

#define CATEGORIES_ADD .policy = {.categories = APPLY_CATEGORIES_ADD}
#define CATEGORIES_IGNORE .policy = {.categories = APPLY_CATEGORIES_IGNORE}

static const struct scenario categories[] = {
	{"add brings new categories, keeps known ones and only adds links",
         {{.feed = "category a - | name=A | position=1\ncategory b a | name=B\nproduct p | categories=[\"a\",\"b\"]\nsku s p named\n"
                   "sku t g group | categories=[\"a\"]"},
          {MARK, CATEGORIES_ADD,
           .feed = "category a b | name=A2 | position=2 | url=u\ncategory b - | name=B2\ncategory c b | name=C\n"
                   "product p | categories=[\"c\",\"b\"]\nsku s p named\nsku t g group | categories=[\"c\"]",
           .categories = "stated 3 created 1 updated 1 unchanged 1", .products = "stated 1 derived 1 updated 2",
           .query = CATEGORIES, .rows = "a|-|A|1|active\nb|a|B|-|active\nc|b|C|-|active"},
          {CATEGORIES_ADD, .feed = "sku s p named", .query = LINKS, .rows = "g|a,c\np|a,b,c"},
          {.feed = "category a - | name=A\ncategory b a | name=B\ncategory c b | name=C\nproduct p | categories=[\"c\"]\nsku s p named\n"
                   "sku t g group | categories=[\"c\"]",
           .skus = "stated 2 unchanged 2",
           .products = "stated 1 derived 1 updated 2",
           .query = LINKS,
           .rows = "g|c\np|c"}}},
	{"ignore writes neither categories nor links, and removes none",
         {{.feed = "category a - | name=A\nproduct p | categories=[\"a\"]\nsku s p named\nsku t g group | categories=[\"a\"]"},
          {DELETE, CATEGORIES_IGNORE,
           .feed = "category b - | name=B\nproduct p | categories=[\"b\"]\nproduct q | categories=[\"b\"]\nsku s p named\nsku u q named\n"
                   "sku t g group | categories=[\"b\"]\n+derived x -\nsku v v self | categories=[\"b\"]",
           .categories = "stated 1 scope 1", .category_stock = "before 1 after 1",
           .products = "stated 2 derived 2 created 2 unchanged 2", .complaints = "nothing", .query = LINKS, .rows = "g|a\np|a"}}},
};

#define KEEP_ABSENT(fields) .policy = {.keep_absent = (fields)}
#define KEEP_EMPTY(fields) .policy = {.keep_empty = (fields)}
#define BIT(field) (UINT64_C(1) << (field))

static const struct scenario values[] = {
	{"absent keeps a field, empty clears it",
         {{.feed = "sku a a self | name=A | description=D | price=5 | prices=[{\"kind\":\"list\",\"amount_micros\":9}] | extra={\"e\":1}"},
          {KEEP_ABSENT(UINT64_MAX & ~BIT(FIELD_PRICE)),
           .feed = "sku a a self | name=B | description=", .skus = "stated 1 updated 1",
           .changes =
                   "product|a|updated|{\"name\":\"A\",\"description\":\"D\"}|{\"name\":\"B\",\"description\":null}\n"
                   "sku|a|updated|{\"name\":\"A\",\"description\":\"D\",\"price_micros\":5}|{\"name\":\"B\",\"description\":null,\"price_micros\":null}",
           .query = "SELECT prices, extra, (SELECT count(*) FROM price_data) FROM sku_data",
           .rows = "[{\"kind\":\"list\",\"amount_micros\":9}]|{\"e\":1}|1"}}},
	{"empty keeps a field, absent clears it; an empty list is empty",
         {{.feed = "sku a a self | name=A | description=D | tags=[\"t\"] | images=[\"i\"]"},
          {KEEP_EMPTY(BIT(FIELD_DESCRIPTION) | BIT(FIELD_TAGS)), .feed = "sku a a self | name=A | description= | tags=[]",
           .skus = "stated 1 updated 1", .query = "SELECT description, tags, images FROM sku_data", .rows = "D|[\"t\"]|-"}}},
	{"stated products and categories keep values too",
         {{.feed = "category c d | name=C | position=3\ncategory d - | name=D\nproduct p | name=P | brand=B | categories=[\"c\"]"},
          {KEEP_ABSENT(UINT64_MAX), .feed = "category c - | position=4\ncategory d -\nproduct p | name=P2",
           .categories = "stated 2 updated 1 unchanged 1", .products = "stated 1 updated 1", .query = CATEGORIES,
           .rows = "c|d|C|4|active\nd|-|D|-|active"},
          {KEEP_ABSENT(UINT64_MAX), .feed = "sku s s self", .query = LINKS, .rows = "p|c"}}},
	{"the status always follows the feed",
         {{.feed = "sku a a self | name=A | status=hidden"},
          {KEEP_ABSENT(UINT64_MAX), .feed = "sku a a self", .query = SKUS, .rows = "a|a|active|A|-"}}},
	{"a duplicate that lacks what is kept says nothing else",
         {{KEEP_ABSENT(UINT64_MAX), .feed = "sku a a self | name=A | price=5\nsku a a self | name=A\nsku a a self | name=B",
           .skus = "stated 3 created 1 duplicate 2 conflicting 1"}}},
	{"what another job left behind is not kept",
         {{.feed = "sku a a self | name=A | description=D"},
          {MARK, .feed = "sku b b self"},
          {.job = "other",
           KEEP_ABSENT(UINT64_MAX),
           .feed = "sku a a self | name=A",
           .skus = "stated 1 restored 1",
           .query = "SELECT description FROM sku_data WHERE sku_id = 'a'",
           .rows = "-"}}},
	{"SKUs that may stand alone keep values too",
         {{.feed = "sku a a alone | name=A | description=D"},
          {KEEP_ABSENT(UINT64_MAX), .feed = "sku a a alone | name=B", .query = "SELECT name, description FROM sku_data",
           .rows = "B|D"}}},
};

#define RUN(table) run_scenarios(table, sizeof(table) / sizeof((table)[0]))

static void modes_add_or_update(void **state)
{
	(void)state;
	RUN(modes);
}

static void scope_skus_leaves_products_alone(void **state)
{
	(void)state;
	RUN(scopes);
}

static void scope_prices_has_two_halves(void **state)
{
	(void)state;
	RUN(offers);
}

static void scope_texts_writes_one_language(void **state)
{
	(void)state;
	RUN(languages);
}

static void absent_items_wait(void **state)
{
	(void)state;
	RUN(waiting);
}

static void categories_are_overwritten_added_or_ignored(void **state)
{
	(void)state;
	RUN(categories);
}

static void stored_values_are_kept_by_field(void **state)
{
	(void)state;
	RUN(values);
}

int apply_policy_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_add_or_update),
		cmocka_unit_test(scope_skus_leaves_products_alone),
		cmocka_unit_test(scope_prices_has_two_halves),
		cmocka_unit_test(scope_texts_writes_one_language),
		cmocka_unit_test(absent_items_wait),
		cmocka_unit_test(categories_are_overwritten_added_or_ignored),
		cmocka_unit_test(stored_values_are_kept_by_field),
	};

	return cmocka_run_group_tests_name("policies of a job", tests, NULL, NULL);
}
