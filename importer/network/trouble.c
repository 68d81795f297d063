/* From libcurl's codes to ours, in words. */
#include "network/trouble.h"

#include <string.h>

/*
 * libcurl's own words where they say more than the code, as for certificates.
 * They may quote what they were given: a text in which a query or a user name
 * could stand is not repeated.
 */
static const char *trouble_text(const struct network_trouble *trouble)
{
	if (trouble->text[0] == '\0' || strpbrk(trouble->text, "?@") != NULL || strstr(trouble->text, "://") != NULL)
		return curl_easy_strerror(trouble->code);
	return trouble->text;
}

static int set_from_curl(const struct network_trouble *trouble, enum error_code code, const char *what, struct error *err)
{
	if (what != NULL)
		(void)error_set(err, code, "%s: %s", what, trouble_text(trouble));
	else
		(void)error_set(err, code, "%s", trouble_text(trouble));
	err->source = ERROR_FROM_CURL;
	err->number = (long)trouble->code;
	return -1;
}

static int set_short_body(const struct network_trouble *trouble, struct error *err)
{
	const bool is_plain_end = trouble->code == CURLE_PARTIAL_FILE; /* else libcurl knows more: a reset, a faulty chunk */
	const char *sign = is_plain_end ? "" : ": ";
	const char *reason = is_plain_end ? "" : trouble_text(trouble);
	if (trouble->total >= 0)
		(void)error_set(err, ERROR_NETWORK, "the body ended after %lld of %lld bytes%s%s", (long long)trouble->bytes,
		                (long long)trouble->total, sign, reason);
	else
		(void)error_set(err, ERROR_NETWORK, "the body was cut off after %lld bytes%s%s", (long long)trouble->bytes, sign,
		                reason);
	err->source = ERROR_FROM_CURL;
	err->number = (long)trouble->code;
	return -1;
}

static int set_not_connected(const struct network_trouble *trouble, const struct network_route *route, struct error *err)
{
	const char *peer = route->proxy != NULL ? "the proxy for " : "";
	if (trouble->attempts > 0 && trouble->refusals == trouble->attempts)
		return network_trouble_set_address(route, &trouble->refused, err);
	if (trouble->code == CURLE_OPERATION_TIMEDOUT)
		return error_set(err, ERROR_NETWORK, "no connection to %s'%s' port %s within %lld ms", peer, route->host,
		                 route->port, (long long)route->connect_timeout_ms);
	if (trouble->system_number == 0)
		return error_set(err, ERROR_NETWORK, "no connection to %s'%s' port %s", peer, route->host, route->port);
	(void)error_set_system(err, trouble->system_number, "no connection to %s'%s' port %s", peer, route->host, route->port);
	err->code = ERROR_NETWORK;
	return -1;
}

/* A handshake that a peer breaks off is worth another try; one that finds no common ground is not. */
static int set_handshake(const struct network_trouble *trouble, struct error *err)
{
	const bool is_broken_off = strstr(trouble->text, "SSL_ERROR_SYSCALL") != NULL || strstr(trouble->text, "reset") != NULL ||
	                           strstr(trouble->text, "unexpected eof") != NULL;
	return set_from_curl(trouble, is_broken_off ? ERROR_NETWORK : ERROR_REFUSED, "no secure connection", err);
}

static int set_not_found(const char *what, const char *host, struct error *err)
{
	return error_set(err, ERROR_NETWORK, "the address of %s '%s' cannot be found", what, host);
}

int network_trouble_set_address(const struct network_route *route, const struct address *address, struct error *err)
{
	char text[ADDRESS_TEXT_SIZE];
	const enum address_class class = address_classify(address);
	address_format(address, text);
	if (class == ADDRESS_UNUSABLE)
		return error_set(err, ERROR_REFUSED, "'%s' leads to %s, which is no host's address", route->host, text);
	return error_set(err, ERROR_REFUSED, "'%s' leads to the %s address %s; set 'network: private' if it is in your own network",
	                 route->host, address_class_name(class), text);
}

int network_trouble_set(const struct network_trouble *trouble, const struct network_route *route, struct error *err)
{
	switch ((int)trouble->code) {
	case CURLE_OUT_OF_MEMORY:
		/* libcurl 7.88 says so, too, of a single header line above its own limit of 100 KiB */
		if (trouble->is_sent && !trouble->has_body)
			return error_set(err, ERROR_LIMIT, "a header of the answer is too long (or memory ran out)");
		return error_set_memory(err);
	case CURLE_COULDNT_RESOLVE_HOST:
		return set_not_found("the host", route->host, err);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return set_not_found("the proxy for", route->host, err);
	case CURLE_COULDNT_CONNECT:
		return set_not_connected(trouble, route, err);
	case CURLE_OPERATION_TIMEDOUT:
		return trouble->is_sent ? set_from_curl(trouble, ERROR_NETWORK, NULL, err) : set_not_connected(trouble, route, err);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		(void)set_from_curl(trouble, ERROR_REFUSED, "the server's certificate does not verify", err);
		err->source = ERROR_FROM_TLS;
		return -1;
	case CURLE_SSL_CACERT_BADFILE:
		return error_set(err, ERROR_CONFIG, "the file of authorities (cacert) cannot be used");
	case CURLE_SSL_CONNECT_ERROR:
		return set_handshake(trouble, err);
	case CURLE_PARTIAL_FILE:
		return set_short_body(trouble, err);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return trouble->has_body ? set_short_body(trouble, err)
		                         : set_from_curl(trouble, ERROR_NETWORK, "the connection was lost before an answer", err);
	case CURLE_PROXY:
		return set_from_curl(trouble, ERROR_NETWORK, "the proxy gave no connection", err);
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return set_from_curl(trouble, ERROR_REFUSED, "the answer is not HTTP", err);
	default:
		return set_from_curl(trouble, ERROR_REFUSED, NULL, err);
	}
}
