/* floor_parse: libxml2's push SAX parser with empty handlers over a file: what no importer that parses can beat. */
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <unistd.h>

#define PIECE (64 * 1024)

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
                     const xmlChar **namespaces, int attribute_count, int defaulted_count, const xmlChar **attributes)
{
	uint64_t *events = context;

	(void)name, (void)prefix, (void)uri, (void)namespace_count, (void)namespaces, (void)attribute_count, (void)defaulted_count,
		(void)attributes;
	(*events)++;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	uint64_t *events = context;

	(void)name, (void)prefix, (void)uri;
	(*events)++;
}

static void on_text(void *context, const xmlChar *text, int size)
{
	uint64_t *events = context;

	(void)text, (void)size;
	(*events)++;
}

int main(int argc, char **argv)
{
	static char piece[PIECE];
	xmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC,
	                         .startElementNs = on_start,
	                         .endElementNs = on_end,
	                         .characters = on_text,
	                         .cdataBlock = on_text};
	uint64_t events = 0;
	ssize_t size;

	if (argc != 2) {
		fputs("usage: floor_parse FILE\n", stderr);
		return 2;
	}
	const int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, &events, NULL, 0, NULL);
	if (fd < 0 || !parser) {
		perror(argv[1]);
		return 1;
	}
	while ((size = read(fd, piece, sizeof(piece))) > 0)
		if (xmlParseChunk(parser, piece, (int)size, 0) != 0)
			break;
	const int result = size == 0 ? xmlParseChunk(parser, piece, 0, 1) : -1;
	printf("%llu events\n", (unsigned long long)events);
	xmlFreeParserCtxt(parser);
	(void)close(fd); /* read only */
	if (result != 0)
		fputs("floor_parse: not well-formed, or not readable\n", stderr);
	return result == 0 ? 0 : 1;
}
