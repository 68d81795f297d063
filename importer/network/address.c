/* Classification of addresses by tables of prefixes, and the policy of what may be reached. */
#include "network/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct prefix4 {
	uint32_t network;
	unsigned int bits;
	enum address_class class;
};

#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* IANA IPv4 Special-Purpose Address Registry, and class D and E. */
static const struct prefix4 prefixes4[] = {
	{IPV4(0, 0, 0, 0), 8, ADDRESS_UNUSABLE},        /* "this network" */
	{IPV4(10, 0, 0, 0), 8, ADDRESS_PRIVATE},        /* RFC 1918 */
	{IPV4(100, 64, 0, 0), 10, ADDRESS_PRIVATE},     /* shared, RFC 6598 */
	{IPV4(127, 0, 0, 0), 8, ADDRESS_LOOPBACK},      /* this machine */
	{IPV4(169, 254, 0, 0), 16, ADDRESS_LINK_LOCAL}, /* one wire; metadata of clouds */
	{IPV4(172, 16, 0, 0), 12, ADDRESS_PRIVATE},     /* RFC 1918 */
	{IPV4(192, 0, 0, 0), 24, ADDRESS_UNUSABLE},     /* protocol assignments */
	{IPV4(192, 0, 2, 0), 24, ADDRESS_UNUSABLE},     /* documentation */
	{IPV4(192, 88, 99, 0), 24, ADDRESS_UNUSABLE},   /* former 6to4 relays */
	{IPV4(192, 168, 0, 0), 16, ADDRESS_PRIVATE},    /* RFC 1918 */
	{IPV4(198, 18, 0, 0), 15, ADDRESS_PRIVATE},     /* benchmarks, RFC 2544 */
	{IPV4(198, 51, 100, 0), 24, ADDRESS_UNUSABLE},  /* documentation */
	{IPV4(203, 0, 113, 0), 24, ADDRESS_UNUSABLE},   /* documentation */
	{IPV4(224, 0, 0, 0), 4, ADDRESS_UNUSABLE},      /* multicast */
	{IPV4(240, 0, 0, 0), 4, ADDRESS_UNUSABLE},      /* reserved, broadcast */
};

/* How an IPv6 prefix is judged: by a class, or by the IPv4 address inside. */
enum prefix6_rule { RULE_CLASS, RULE_LAST_BYTES, RULE_6TO4, RULE_TEREDO };

struct prefix6 {
	uint8_t network[16];
	unsigned int bits;
	enum prefix6_rule rule;
	enum address_class class;
};

/* IANA IPv6 Special-Purpose Address Registry; the first match decides. */
static const struct prefix6 prefixes6[] = {
	{{[15] = 1}, 128, RULE_CLASS, ADDRESS_LOOPBACK},
	{{[10] = 0xff, [11] = 0xff}, 96, RULE_LAST_BYTES, ADDRESS_UNUSABLE},              /* ::ffff:0:0/96, mapped */
	{{[1] = 0x64, [2] = 0xff, [3] = 0x9b}, 96, RULE_LAST_BYTES, ADDRESS_UNUSABLE},    /* 64:ff9b::/96, NAT64 */
	{{[1] = 0x64, [2] = 0xff, [3] = 0x9b, [5] = 1}, 48, RULE_CLASS, ADDRESS_PRIVATE}, /* 64:ff9b:1::/48, a site's own NAT64 */
	{{0x20, 0x01, 0x00, 0x00}, 32, RULE_TEREDO, ADDRESS_UNUSABLE},
	{{0x20, 0x01, 0x00, 0x02}, 48, RULE_CLASS, ADDRESS_PRIVATE},  /* benchmarks */
	{{0x20, 0x01, 0x0d, 0xb8}, 32, RULE_CLASS, ADDRESS_UNUSABLE}, /* documentation */
	{{0x20, 0x01}, 23, RULE_CLASS, ADDRESS_UNUSABLE},             /* protocol assignments */
	{{0x20, 0x02}, 16, RULE_6TO4, ADDRESS_UNUSABLE},
	{{0x3f, 0xff}, 20, RULE_CLASS, ADDRESS_UNUSABLE}, /* documentation */
	{{0x20}, 3, RULE_CLASS, ADDRESS_PUBLIC},          /* the rest of global unicast */
	{{0xfc}, 7, RULE_CLASS, ADDRESS_PRIVATE},         /* unique local */
	{{0xfe, 0x80}, 10, RULE_CLASS, ADDRESS_LINK_LOCAL},
	{{0xfe, 0xc0}, 10, RULE_CLASS, ADDRESS_PRIVATE}, /* former site-local */
};

static enum address_class classify4(uint32_t address)
{
	for (size_t i = 0; i < sizeof(prefixes4) / sizeof(prefixes4[0]); i++) {
		const uint32_t mask = UINT32_MAX << (32 - prefixes4[i].bits);
		if ((address & mask) == prefixes4[i].network)
			return prefixes4[i].class;
	}
	return ADDRESS_PUBLIC;
}

static uint32_t read4(const uint8_t *bytes)
{
	return IPV4(bytes[0], bytes[1], bytes[2], bytes[3]);
}

static bool prefix6_matches(const struct prefix6 *prefix, const uint8_t *bytes)
{
	const size_t whole = prefix->bits / 8;
	const unsigned int rest = prefix->bits % 8;
	if (memcmp(prefix->network, bytes, whole) != 0)
		return false;
	return rest == 0 || (prefix->network[whole] ^ bytes[whole]) >> (8 - rest) == 0;
}

/* Both the server's and the client's address travel in a Teredo address; the client's bits are inverted. */
static enum address_class classify_teredo(const uint8_t *bytes)
{
	const enum address_class server = classify4(read4(bytes + 4));
	return server != ADDRESS_PUBLIC ? server : classify4(~read4(bytes + 12));
}

static enum address_class classify6(const uint8_t *bytes)
{
	for (size_t i = 0; i < sizeof(prefixes6) / sizeof(prefixes6[0]); i++) {
		if (!prefix6_matches(&prefixes6[i], bytes))
			continue;
		switch (prefixes6[i].rule) {
		case RULE_CLASS:
			return prefixes6[i].class;
		case RULE_LAST_BYTES:
			return classify4(read4(bytes + 12));
		case RULE_6TO4:
			return classify4(read4(bytes + 2));
		case RULE_TEREDO:
			return classify_teredo(bytes);
		}
	}
	return ADDRESS_UNUSABLE;
}

bool address_from_socket(const struct sockaddr *socket_address, socklen_t size, struct address *ret_address)
{
	*ret_address = (struct address){.family = AF_UNSPEC};
	if (socket_address->sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) {
		struct sockaddr_in address4;
		memcpy(&address4, socket_address, sizeof(address4));
		memcpy(ret_address->bytes, &address4.sin_addr, 4);
	} else if (socket_address->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 address6;
		memcpy(&address6, socket_address, sizeof(address6));
		memcpy(ret_address->bytes, &address6.sin6_addr, 16);
	} else {
		return false;
	}
	ret_address->family = socket_address->sa_family;
	return true;
}

bool address_parse(const char *text, struct address *ret_address)
{
	*ret_address = (struct address){.family = AF_UNSPEC};
	if (inet_pton(AF_INET, text, ret_address->bytes) == 1)
		ret_address->family = AF_INET;
	else if (inet_pton(AF_INET6, text, ret_address->bytes) == 1)
		ret_address->family = AF_INET6;
	return ret_address->family != AF_UNSPEC;
}

void address_format(const struct address *address, char ret_text[ADDRESS_TEXT_SIZE])
{
	if (address->family == AF_UNSPEC || inet_ntop(address->family, address->bytes, ret_text, ADDRESS_TEXT_SIZE) == NULL)
		(void)snprintf(ret_text, ADDRESS_TEXT_SIZE, "unknown"); /* fits */
}

enum address_class address_classify(const struct address *address)
{
	if (address->family == AF_INET)
		return classify4(read4(address->bytes));
	return address->family == AF_INET6 ? classify6(address->bytes) : ADDRESS_UNUSABLE;
}

const char *address_class_name(enum address_class class)
{
	static const char *const names[] = {
		[ADDRESS_PUBLIC] = "public",         [ADDRESS_LOOPBACK] = "loopback", [ADDRESS_PRIVATE] = "private",
		[ADDRESS_LINK_LOCAL] = "link-local", [ADDRESS_UNUSABLE] = "unusable",
	};
	return names[class];
}

struct address_policy address_policy_for(const char *source_host, const char *host, bool allow_private)
{
	struct address_policy policy = {.reach = ADDRESS_REACH_PUBLIC};
	if (allow_private)
		policy.reach = ADDRESS_REACH_PRIVATE;
	else if (strcmp(source_host, host) != 0)
		policy.reach = ADDRESS_REACH_PUBLIC;
	else if (strcmp(host, "localhost") == 0)
		policy.reach = ADDRESS_REACH_LOOPBACK;
	else if (address_parse(host, &policy.literal))
		policy.reach = ADDRESS_REACH_LITERAL;
	return policy;
}

bool address_is_allowed(const struct address_policy *policy, const struct address *address)
{
	const enum address_class class = address_classify(address);
	if (class == ADDRESS_PUBLIC)
		return true;
	if (class == ADDRESS_UNUSABLE)
		return false;
	switch (policy->reach) {
	case ADDRESS_REACH_PUBLIC:
		return false;
	case ADDRESS_REACH_LOOPBACK:
		return class == ADDRESS_LOOPBACK;
	case ADDRESS_REACH_LITERAL:
		return policy->literal.family == address->family &&
		       memcmp(policy->literal.bytes, address->bytes, sizeof(address->bytes)) == 0;
	case ADDRESS_REACH_PRIVATE:
		return true;
	}
	return false;
}
