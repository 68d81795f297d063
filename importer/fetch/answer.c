/* HTTP header lines to struct answer, by a table of the headers that matter. */
#include "fetch/answer.h"

#include "base/number.h"

#include <curl/curl.h>
#include <string.h>

#define FAULT_ENCODING "the answer has a Transfer-Encoding other than chunked"
#define FAULT_LENGTHS "the answer has a Content-Length that is no number, or several that differ"
#define FAULT_FOLDED "the answer has a header that goes on in a second line"
#define FAULT_LOCATION "the redirect names a URL that is too long"

typedef void (*header_function)(struct answer *answer, struct slice value);

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static struct slice trim_blanks(struct slice text)
{
	while (text.size > 0 && is_blank(text.data[0]))
		text = slice_make(text.data + 1, text.size - 1);
	while (text.size > 0 && is_blank(text.data[text.size - 1]))
		text.size--;
	return text;
}

static char byte_lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static bool is_printable(struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return false;
	}
	return true;
}

/* Printable ASCII that fits, else nothing. */
static void copy_value(char *target, size_t size, struct slice value)
{
	const bool is_kept = value.size > 0 && value.size < size && is_printable(value);
	if (is_kept)
		memcpy(target, value.data, value.size);
	target[is_kept ? value.size : 0] = '\0';
}

bool answer_validator_is_valid(struct slice value)
{
	return value.size > 0 && value.size < FETCH_VALIDATOR_MAX && is_printable(value) && !is_blank(value.data[0]) &&
	       !is_blank(value.data[value.size - 1]);
}

static bool parse_length(struct slice text, int64_t *ret_length)
{
	int64_t length = 0;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		if (__builtin_mul_overflow(length, 10, &length) || __builtin_add_overflow(length, text.data[i] - '0', &length))
			length = INT64_MAX;
	}
	*ret_length = length;
	return text.size > 0;
}

static void read_content_length(struct answer *answer, struct slice value)
{
	int64_t length = -1;
	if (!parse_length(value, &length) || (answer->has_length && answer->length != length)) {
		answer->fault = FAULT_LENGTHS;
		return;
	}
	answer->has_length = true;
	answer->length = length;
}

static void read_transfer_encoding(struct answer *answer, struct slice value)
{
	if (answer->is_chunked || !slice_equal_folded(value, slice_from("chunked")))
		answer->fault = FAULT_ENCODING;
	answer->is_chunked = true;
}

static void read_content_encoding(struct answer *answer, struct slice value)
{
	if (value.size == 0 || slice_equal_folded(value, slice_from("identity")))
		return;
	copy_value(answer->content_encoding, sizeof(answer->content_encoding), value);
	if (answer->content_encoding[0] == '\0')
		memcpy(answer->content_encoding, "unknown", sizeof("unknown"));
}

static void read_location(struct answer *answer, struct slice value)
{
	if (answer->has_location)
		return; /* the first one counts, as in browsers */
	answer->has_location = true;
	if (value.size >= sizeof(answer->location)) {
		answer->fault = FAULT_LOCATION;
		return;
	}
	memcpy(answer->location, value.data, value.size);
	answer->location[value.size] = '\0';
}

static struct slice parameter_value(struct slice parameter, const char *name)
{
	const size_t size = strlen(name);
	parameter = trim_blanks(parameter);
	if (parameter.size <= size || parameter.data[size] != '=' ||
	    !slice_equal_folded(slice_make(parameter.data, size), slice_from(name)))
		return slice_make(NULL, 0);
	struct slice value = trim_blanks(slice_make(parameter.data + size + 1, parameter.size - size - 1));
	if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"')
		value = trim_blanks(slice_make(value.data + 1, value.size - 2));
	return value;
}

/* `text/xml; charset="windows-1251"` */
static void read_content_type(struct answer *answer, struct slice value)
{
	struct slice_splitter splitter = slice_split(value, slice_from(";"));
	struct slice piece;
	if (!slice_split_next(&splitter, &piece))
		return;
	copy_value(answer->content_type, sizeof(answer->content_type), trim_blanks(piece));
	for (char *byte = answer->content_type; *byte != '\0'; byte++)
		*byte = byte_lower(*byte);
	while (answer->charset[0] == '\0' && slice_split_next(&splitter, &piece))
		copy_value(answer->charset, sizeof(answer->charset), parameter_value(piece, "charset"));
}

static void read_etag(struct answer *answer, struct slice value)
{
	copy_value(answer->etag, sizeof(answer->etag), value);
}

static void read_last_modified(struct answer *answer, struct slice value)
{
	copy_value(answer->last_modified, sizeof(answer->last_modified), value);
}

static void read_retry_after(struct answer *answer, struct slice value)
{
	copy_value(answer->retry_after, sizeof(answer->retry_after), value);
}

static const struct {
	const char *name;
	header_function read;
} headers[] = {
	{"Content-Length", read_content_length},
	{"Transfer-Encoding", read_transfer_encoding},
	{"Content-Encoding", read_content_encoding},
	{"Content-Type", read_content_type},
	{"Location", read_location},
	{"ETag", read_etag},
	{"Last-Modified", read_last_modified},
	{"Retry-After", read_retry_after},
};

static void read_header(struct answer *answer, struct slice line)
{
	answer->is_folding = false;
	const char *colon = memchr(line.data, ':', line.size);
	if (colon == NULL)
		return;
	/* 'Name :' is not the header 'Name': libcurl does not obey it either */
	const size_t name_size = (size_t)(colon - line.data);
	const struct slice name = slice_make(line.data, name_size);
	const struct slice value = trim_blanks(slice_make(colon + 1, line.size - name_size - 1));
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (!slice_equal_folded(name, slice_from(headers[i].name)))
			continue;
		headers[i].read(answer, value);
		answer->is_folding = true;
	}
}

/* 'HTTP/1.1 103 Early Hints': what an interim answer says is not said of the feed. */
static void read_status(struct answer *answer, struct slice line)
{
	const int64_t head_bytes = answer->head_bytes;
	const char *blank = memchr(line.data, ' ', line.size);
	answer_init(answer);
	answer->head_bytes = head_bytes;
	answer->is_inside_head = true;
	answer->is_interim = blank != NULL && blank + 1 < line.data + line.size && blank[1] == '1';
}

int64_t answer_retry_at_ms(const struct answer *answer, int64_t now_ms)
{
	const int64_t wait_max_s = LIMIT_RETRY_AFTER_MS / 1000;
	const struct slice text = slice_from(answer->retry_after);
	int64_t wait_s = 0;
	if (text.size == 0)
		return 0;
	if (strspn(text.data, "0123456789") == text.size) {
		/* a number too large for us is as good as the longest wait */
		if (!number_parse_integer(text, 0, wait_max_s, &wait_s))
			wait_s = wait_max_s;
	} else {
		const int64_t date_s = (int64_t)curl_getdate(answer->retry_after, NULL);
		if (date_s <= 0)
			return 0;
		wait_s = date_s - now_ms / 1000;
	}
	if (wait_s > wait_max_s)
		wait_s = wait_max_s;
	return wait_s > 0 ? now_ms + wait_s * 1000 : now_ms;
}

void answer_init(struct answer *answer)
{
	*answer = (struct answer){.length = -1};
}

int answer_line(struct answer *answer, struct slice line, struct error *err)
{
	answer->head_bytes += (int64_t)line.size;
	if (answer->head_bytes > LIMIT_HEADER_BYTES)
		return error_set(err, ERROR_LIMIT, "the headers of the answer are larger than %d bytes", LIMIT_HEADER_BYTES);
	if (answer->is_head_done)
		return 0;
	while (line.size > 0 && (line.data[line.size - 1] == '\n' || line.data[line.size - 1] == '\r'))
		line.size--;
	if (line.size == 0) {
		answer->is_head_done = !answer->is_interim;
		answer->is_inside_head = false;
	} else if (!answer->is_inside_head) {
		read_status(answer, line);
	} else if (is_blank(line.data[0])) {
		answer->fault = answer->is_folding ? FAULT_FOLDED : answer->fault;
	} else {
		read_header(answer, line);
	}
	return 0;
}
