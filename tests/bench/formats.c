/*
 * The catalogue as YML, Google's RSS, JSON, JSON Lines and CSV. A touched
 * version writes every record a little differently without saying anything
 * else: a comment in XML, a space in JSON, a quoted number in CSV.
 */
#include "generate.h"

#include <string.h>

static void put_xml(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			fputs("&amp;", out);
		else
			fputc(*text, out);
	}
}

static void put_element(FILE *out, const char *name, const char *text)
{
	fprintf(out, "<%s>", name);
	put_xml(out, text);
	fprintf(out, "</%s>\n", name);
}

static void put_cents(FILE *out, unsigned cents)
{
	fprintf(out, "%u.%02u", cents / 100, cents % 100);
}

static void put_touch(FILE *out, const struct catalogue_version *version, const struct offer *offer)
{
	if (version->touched)
		fprintf(out, "<!-- %llu.%llu -->", (unsigned long long)version->number, (unsigned long long)offer->number);
}

/* ---- YML ---- */

static void yml_begin(FILE *out, const struct catalogue_version *version)
{
	fprintf(out,
	        "<yml_catalog date=\"2026-01-01 00:%02llu\">\n<shop>\n<name>Shop</name>\n<company>Shop</company>\n<url>https://shop.example</url>\n"
	        "<currencies><currency id=\"EUR\" rate=\"1\"/></currencies>\n<categories>\n",
	        (unsigned long long)(version->number % 60));
	for (unsigned number = 1; number <= CATALOGUE_CATEGORIES; number++) {
		char name[64];
		unsigned parent;

		catalogue_category(number, &parent, name, sizeof(name));
		fprintf(out, "<category id=\"%u\"", number);
		if (parent > 0)
			fprintf(out, " parentId=\"%u\"", parent);
		fprintf(out, ">%s</category>\n", name);
	}
	fputs("</categories>\n<offers>\n", out);
}

static void yml_offer(FILE *out, const struct catalogue_version *version, const struct offer *offer, bool is_first)
{
	(void)is_first;
	fprintf(out, "<offer id=\"%s\" available=\"%s\" group_id=\"%s\">\n", offer->id, offer->is_available ? "true" : "false",
	        offer->product_id);
	put_touch(out, version, offer);
	put_element(out, "url", offer->url);
	fputs("<price>", out);
	put_cents(out, offer->price_cents);
	fputs("</price>\n", out);
	if (offer->old_price_cents > 0) {
		fputs("<oldprice>", out);
		put_cents(out, offer->old_price_cents);
		fputs("</oldprice>\n", out);
	}
	fprintf(out, "<currencyId>EUR</currencyId>\n<categoryId>%u</categoryId>\n", offer->category);
	for (int picture = 0; picture < OFFER_PICTURES; picture++)
		put_element(out, "picture", offer->pictures[picture]);
	put_element(out, "name", offer->name);
	put_element(out, "vendor", offer->brand);
	put_element(out, "vendorCode", offer->part_number);
	put_element(out, "barcode", offer->barcode);
	put_element(out, "description", offer->description);
	for (int param = 0; param < OFFER_PARAMS; param++) {
		fprintf(out, "<param name=\"%s\">", offer->params[param].name);
		put_xml(out, offer->params[param].value);
		fputs("</param>\n", out);
	}
	fprintf(out, "<count>%u</count>\n</offer>\n", offer->quantity);
}

static void yml_end(FILE *out)
{
	fputs("</offers>\n</shop>\n</yml_catalog>\n", out);
}

/* ---- Google's RSS ---- */

static void google_begin(FILE *out, const struct catalogue_version *version)
{
	(void)version;
	fputs("<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\">\n<channel>\n<title>Shop</title>\n"
	      "<link>https://shop.example</link>\n<description>Shop</description>\n",
	      out);
}

static void google_offer(FILE *out, const struct catalogue_version *version, const struct offer *offer, bool is_first)
{
	char name[64];
	unsigned parent;

	(void)is_first;
	fputs("<item>\n", out);
	put_touch(out, version, offer);
	put_element(out, "g:id", offer->id);
	put_element(out, "g:item_group_id", offer->product_id);
	put_element(out, "g:title", offer->name);
	put_element(out, "g:description", offer->description);
	put_element(out, "g:link", offer->url);
	put_element(out, "g:image_link", offer->pictures[0]);
	put_element(out, "g:additional_image_link", offer->pictures[1]);
	put_element(out, "g:brand", offer->brand);
	put_element(out, "g:mpn", offer->part_number);
	put_element(out, "g:gtin", offer->barcode);
	fputs("<g:price>", out);
	put_cents(out, offer->old_price_cents > 0 ? offer->old_price_cents : offer->price_cents);
	fputs(" EUR</g:price>\n", out);
	if (offer->old_price_cents > 0) {
		fputs("<g:sale_price>", out);
		put_cents(out, offer->price_cents);
		fputs(" EUR</g:sale_price>\n", out);
	}
	catalogue_category(offer->category, &parent, name, sizeof(name));
	put_element(out, "g:product_type", name);
	fprintf(out, "<g:availability>%s</g:availability>\n<g:condition>new</g:condition>\n",
	        offer->is_available ? "in_stock" : "out_of_stock");
	put_element(out, "g:color", offer->params[0].value);
	fputs("</item>\n", out);
}

static void google_end(FILE *out)
{
	fputs("</channel>\n</rss>\n", out);
}

/* ---- JSON ---- */

static void json_members(FILE *out, const struct offer *offer)
{
	char category[64];
	unsigned parent;

	catalogue_category(offer->category, &parent, category, sizeof(category));
	fprintf(out,
	        "\"id\":\"%s\",\"product_id\":\"%s\",\"category\":\"%s\",\"name\":\"%s\",\"brand\":\"%s\",\"url\":\"%s\",\"price\":",
	        offer->id, offer->product_id, category, offer->name, offer->brand, offer->url);
	put_cents(out, offer->price_cents);
	fputs(",\"old_price\":", out);
	if (offer->old_price_cents > 0)
		put_cents(out, offer->old_price_cents);
	else
		fputs("null", out);
	fprintf(out,
	        ",\"currency\":\"EUR\",\"available\":%s,\"quantity\":%u,\"barcode\":\"%s\",\"part_number\":\"%s\",\"pictures\":[",
	        offer->is_available ? "true" : "false", offer->quantity, offer->barcode, offer->part_number);
	for (int picture = 0; picture < OFFER_PICTURES; picture++)
		fprintf(out, "%s\"%s\"", picture > 0 ? "," : "", offer->pictures[picture]);
	fputs("],\"params\":[", out);
	for (int param = 0; param < OFFER_PARAMS; param++)
		fprintf(out, "%s{\"name\":\"%s\",\"value\":\"%s\"}", param > 0 ? "," : "", offer->params[param].name,
		        offer->params[param].value);
	fprintf(out, "],\"description\":\"%s\"}", offer->description);
}

static void json_object(FILE *out, const struct catalogue_version *version, const struct offer *offer)
{
	fputc('{', out);
	for (uint64_t space = 0; version->touched && space < 1 + version->number % 8; space++)
		fputc(' ', out);
	json_members(out, offer);
}

static void json_begin(FILE *out, const struct catalogue_version *version)
{
	(void)version;
	fputs("[\n", out);
}

static void json_offer(FILE *out, const struct catalogue_version *version, const struct offer *offer, bool is_first)
{
	if (!is_first)
		fputs(",\n", out);
	json_object(out, version, offer);
}

static void json_end(FILE *out)
{
	fputs("\n]\n", out);
}

static void lines_begin(FILE *out, const struct catalogue_version *version)
{
	(void)out;
	(void)version;
}

static void lines_offer(FILE *out, const struct catalogue_version *version, const struct offer *offer, bool is_first)
{
	(void)is_first;
	json_object(out, version, offer);
	fputc('\n', out);
}

static void lines_end(FILE *out)
{
	(void)out;
}

/* ---- CSV ---- */

static void csv_begin(FILE *out, const struct catalogue_version *version)
{
	(void)version;
	fputs("id,product_id,category,name,brand,url,price,old_price,currency,availability,quantity,barcode,part_number,image_1,image_2,"
	      "colour,width,height,material,description\n",
	      out);
}

static void csv_offer(FILE *out, const struct catalogue_version *version, const struct offer *offer, bool is_first)
{
	const char *quote = version->touched && version->number % 2 == 1 ? "\"" : "";
	char category[64];
	unsigned parent;

	(void)is_first;
	catalogue_category(offer->category, &parent, category, sizeof(category));
	fprintf(out, "%s%s%s,%s,%s,%s,%s,%s,", quote, offer->id, quote, offer->product_id, category, offer->name, offer->brand,
	        offer->url);
	put_cents(out, offer->price_cents);
	fputc(',', out);
	if (offer->old_price_cents > 0)
		put_cents(out, offer->old_price_cents);
	fprintf(out, ",EUR,%s,%u,%s,%s,%s,%s", offer->is_available ? "in_stock" : "out_of_stock", offer->quantity, offer->barcode,
	        offer->part_number, offer->pictures[0], offer->pictures[1]);
	for (int param = 0; param < OFFER_PARAMS; param++)
		fprintf(out, ",%s", offer->params[param].value);
	fprintf(out, ",\"%s\"\n", offer->description);
}

const struct feed_format feed_formats[] = {
	{"yml", yml_begin, yml_offer, yml_end},     {"google", google_begin, google_offer, google_end},
	{"json", json_begin, json_offer, json_end}, {"jsonl", lines_begin, lines_offer, lines_end},
	{"csv", csv_begin, csv_offer, lines_end},
};
const size_t feed_format_count = sizeof(feed_formats) / sizeof(feed_formats[0]);
