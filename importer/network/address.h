/*
 * Which addresses of the network a request may connect to.
 *
 * The check is made on the address a socket is about to be opened for, after
 * name resolution, so neither a redirect nor a changed DNS answer passes it.
 * Classes follow the special-purpose registries of IANA for IPv4 and IPv6; an
 * IPv6 address that embeds an IPv4 one is judged by that one.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>
#include <sys/socket.h>

enum address_class {
	ADDRESS_PUBLIC,
	ADDRESS_LOOPBACK,
	ADDRESS_PRIVATE,    /* of a site: RFC 1918, unique local, shared by a carrier, benchmarks */
	ADDRESS_LINK_LOCAL, /* of one wire; the metadata services of clouds */
	ADDRESS_UNUSABLE,   /* no host's own: unspecified, multicast, broadcast, reserved, documentation */
};

struct address {
	int family;        /* AF_INET, AF_INET6, or AF_UNSPEC */
	uint8_t bytes[16]; /* network order; the first four for AF_INET */
};

#define ADDRESS_TEXT_SIZE 48

/* False for another family. */
must_use bool address_from_socket(const struct sockaddr *socket_address, socklen_t size, struct address *ret_address);

/* '10.0.0.5' or 'fe80::1' (no brackets, no zone); false where it is none. */
must_use bool address_parse(const char *text, struct address *ret_address);
void address_format(const struct address *address, char ret_text[ADDRESS_TEXT_SIZE]);
enum address_class address_classify(const struct address *address);

/* For messages: 'private', 'loopback', … */
const char *address_class_name(enum address_class class);

/*
 * What may be reached, beside public addresses. An address of a network of
 * ours is reached only where the operator wrote it himself: by the setting, or
 * as the literal host of the source.
 */
enum address_reach {
	ADDRESS_REACH_PUBLIC,
	ADDRESS_REACH_LOOPBACK, /* the source's host is 'localhost' */
	ADDRESS_REACH_LITERAL,  /* the source's host is this address */
	ADDRESS_REACH_PRIVATE,  /* all but unusable ones */
};

struct address_policy {
	enum address_reach reach;
	struct address literal;
};

/* The policy for a request to `host` in a fetch whose source named `source_host` (both lower case, as url.h gives them). */
struct address_policy address_policy_for(const char *source_host, const char *host, bool allow_private);
bool address_is_allowed(const struct address_policy *policy, const struct address *address);
