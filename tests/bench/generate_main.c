/* feed_generate: a made-up feed of any size, format and version, on standard output. */
#include "generate.h"

#include <errno.h>
#include <getopt.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: feed_generate --format yml|google|json|jsonl|csv [--offers N] [--seed N] [--version N] [--changed SHARE]\n"
	"                     [--added SHARE] [--removed SHARE] [--shuffled] [--touched] [--encoding UTF-8|windows-1251]\n"
	"Writes version N (0: the first) of a made-up catalogue. Shares are of version 0's offers, from 0 to 1.\n";

enum option_value { FORMAT = 1, OFFERS, SEED, VERSION, CHANGED, ADDED, REMOVED, SHUFFLED, TOUCHED, ENCODING };

static const struct option options[] = {
	{"format", required_argument, NULL, FORMAT},
	{"offers", required_argument, NULL, OFFERS},
	{"seed", required_argument, NULL, SEED},
	{"version", required_argument, NULL, VERSION},
	{"changed", required_argument, NULL, CHANGED},
	{"added", required_argument, NULL, ADDED},
	{"removed", required_argument, NULL, REMOVED},
	{"shuffled", no_argument, NULL, SHUFFLED},
	{"touched", no_argument, NULL, TOUCHED},
	{"encoding", required_argument, NULL, ENCODING},
	{NULL, 0, NULL, 0},
};

static _Noreturn void refuse(const char *what, const char *value)
{
	fprintf(stderr, "feed_generate: %s '%s'\n%s", what, value, usage);
	exit(2);
}

static uint64_t read_number(const char *text)
{
	char *end;

	errno = 0;
	const unsigned long long number = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *text == '-')
		refuse("not a number:", text);
	return number;
}

static uint32_t read_share(const char *text)
{
	char *end;
	const double share = strtod(text, &end);

	if (end == text || *end != '\0' || !(share >= 0 && share <= 1))
		refuse("not a share from 0 to 1:", text);
	return (uint32_t)(share * 1e6 + 0.5);
}

static const struct feed_format *find_format(const char *name)
{
	for (size_t index = 0; index < feed_format_count; index++)
		if (strcmp(feed_formats[index].name, name) == 0)
			return &feed_formats[index];
	refuse("no format", name);
}

/* One record's bytes, in UTF-8, go out in the feed's encoding. */
struct output {
	iconv_t converter; /* (iconv_t)-1: as they are */
	char *text;
	size_t size;
	FILE *stream; /* into text */
	char *converted;
	size_t converted_size;
};

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void put_out(struct output *output)
{
	if (fflush(output->stream) != 0)
		fail("feed_generate");
	if (output->converter == (iconv_t)-1) {
		if (fwrite(output->text, 1, output->size, stdout) != output->size)
			fail("feed_generate");
	} else {
		char *in = output->text;
		size_t in_left = output->size;

		while (in_left > 0) {
			char *out = output->converted;
			size_t out_left = output->converted_size;

			if (iconv(output->converter, &in, &in_left, &out, &out_left) == (size_t)-1 && errno != E2BIG)
				fail("feed_generate: iconv");
			const size_t size = (size_t)(out - output->converted);
			if (fwrite(output->converted, 1, size, stdout) != size)
				fail("feed_generate");
		}
	}
	rewind(output->stream);
}

static void write_feed(const struct feed_format *format, const struct catalogue_version *version, const char *encoding)
{
	static char converted[65536];
	struct output output = {
		.converter = strcmp(encoding, "UTF-8") == 0 ? (iconv_t)-1 : iconv_open(encoding, "UTF-8"),
		.converted = converted,
		.converted_size = sizeof(converted),
	};
	const uint64_t places = catalogue_places(version);
	bool is_first = true;

	output.stream = open_memstream(&output.text, &output.size);
	if (!output.stream || (strcmp(encoding, "UTF-8") != 0 && output.converter == (iconv_t)-1))
		fail("feed_generate");
	if (strcmp(format->name, "yml") == 0 || strcmp(format->name, "google") == 0)
		fprintf(output.stream, "<?xml version=\"1.0\" encoding=\"%s\"?>\n", encoding);
	format->begin(output.stream, version);
	put_out(&output);
	for (uint64_t place = 0; place < places; place++) {
		struct offer offer;

		if (!catalogue_offer(version, place, &offer))
			continue;
		format->offer(output.stream, version, &offer, is_first);
		is_first = false;
		put_out(&output);
	}
	format->end(output.stream);
	put_out(&output);
	(void)fclose(output.stream);
	free(output.text);
	if (output.converter != (iconv_t)-1)
		(void)iconv_close(output.converter);
	if (fflush(stdout) != 0)
		fail("feed_generate");
}

int main(int argc, char **argv)
{
	struct catalogue_version version = {.offers = 1000, .seed = 1};
	const struct feed_format *format = NULL;
	const char *encoding = "UTF-8";
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case FORMAT:
			format = find_format(optarg);
			break;
		case OFFERS:
			version.offers = read_number(optarg);
			break;
		case SEED:
			version.seed = read_number(optarg);
			break;
		case VERSION:
			version.number = read_number(optarg);
			break;
		case CHANGED:
			version.changed = read_share(optarg);
			break;
		case ADDED:
			version.added = read_share(optarg);
			break;
		case REMOVED:
			version.removed = read_share(optarg);
			break;
		case SHUFFLED:
			version.shuffled = true;
			break;
		case TOUCHED:
			version.touched = true;
			break;
		case ENCODING:
			encoding = optarg;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!format || optind < argc)
		refuse(format ? "unexpected argument" : "which --format?", optind < argc ? argv[optind] : "");
	write_feed(format, &version, encoding);
	return 0;
}
