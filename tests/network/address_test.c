/* Classes of addresses, and what each policy lets through. */
#include "tests.h"

#include "network/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static void addresses_are_classified_by_their_registries(void **state)
{
	static const struct {
		const char *text;
		enum address_class class;
	} rows[] = {
		{"0.0.0.0", ADDRESS_UNUSABLE},
		{"0.255.255.255", ADDRESS_UNUSABLE},
		{"1.0.0.0", ADDRESS_PUBLIC},
		{"9.255.255.255", ADDRESS_PUBLIC},
		{"10.0.0.0", ADDRESS_PRIVATE},
		{"10.255.255.255", ADDRESS_PRIVATE},
		{"11.0.0.0", ADDRESS_PUBLIC},
		{"100.63.255.255", ADDRESS_PUBLIC},
		{"100.64.0.0", ADDRESS_PRIVATE},
		{"100.127.255.255", ADDRESS_PRIVATE},
		{"100.128.0.0", ADDRESS_PUBLIC},
		{"126.255.255.255", ADDRESS_PUBLIC},
		{"127.0.0.1", ADDRESS_LOOPBACK},
		{"127.255.255.255", ADDRESS_LOOPBACK},
		{"128.0.0.0", ADDRESS_PUBLIC},
		{"169.253.255.255", ADDRESS_PUBLIC},
		{"169.254.169.254", ADDRESS_LINK_LOCAL},
		{"169.255.0.0", ADDRESS_PUBLIC},
		{"172.15.255.255", ADDRESS_PUBLIC},
		{"172.16.0.0", ADDRESS_PRIVATE},
		{"172.31.255.255", ADDRESS_PRIVATE},
		{"172.32.0.0", ADDRESS_PUBLIC},
		{"192.0.0.8", ADDRESS_UNUSABLE},
		{"192.0.1.0", ADDRESS_PUBLIC},
		{"192.0.2.1", ADDRESS_UNUSABLE},
		{"192.88.99.1", ADDRESS_UNUSABLE},
		{"192.167.255.255", ADDRESS_PUBLIC},
		{"192.168.0.0", ADDRESS_PRIVATE},
		{"192.168.255.255", ADDRESS_PRIVATE},
		{"192.169.0.0", ADDRESS_PUBLIC},
		{"198.17.255.255", ADDRESS_PUBLIC},
		{"198.18.0.0", ADDRESS_PRIVATE},
		{"198.19.255.255", ADDRESS_PRIVATE},
		{"198.20.0.0", ADDRESS_PUBLIC},
		{"198.51.100.7", ADDRESS_UNUSABLE},
		{"203.0.113.7", ADDRESS_UNUSABLE},
		{"223.255.255.255", ADDRESS_PUBLIC},
		{"224.0.0.1", ADDRESS_UNUSABLE},
		{"239.255.255.255", ADDRESS_UNUSABLE},
		{"240.0.0.1", ADDRESS_UNUSABLE},
		{"255.255.255.255", ADDRESS_UNUSABLE},
		{"::", ADDRESS_UNUSABLE},
		{"::1", ADDRESS_LOOPBACK},
		{"::2", ADDRESS_UNUSABLE},
		{"::127.0.0.1", ADDRESS_UNUSABLE},
		{"::ffff:127.0.0.1", ADDRESS_LOOPBACK},
		{"::ffff:10.1.2.3", ADDRESS_PRIVATE},
		{"::ffff:169.254.169.254", ADDRESS_LINK_LOCAL},
		{"::ffff:0.0.0.0", ADDRESS_UNUSABLE},
		{"::ffff:8.8.8.8", ADDRESS_PUBLIC},
		{"64:ff9b::7f00:1", ADDRESS_LOOPBACK},
		{"64:ff9b::10.0.0.5", ADDRESS_PRIVATE},
		{"64:ff9b::8.8.8.8", ADDRESS_PUBLIC},
		{"64:ff9b:1::8.8.8.8", ADDRESS_PRIVATE},
		{"64:ff9b:2::8.8.8.8", ADDRESS_UNUSABLE},
		{"100::1", ADDRESS_UNUSABLE},
		{"2001::1", ADDRESS_UNUSABLE},
		{"2001:0:808:808:0:0:f5ff:fffa", ADDRESS_PRIVATE},
		{"2001:0:a00:1:0:0:f7f7:f7f7", ADDRESS_PRIVATE},
		{"2001:0:808:808:0:0:80ff:fffe", ADDRESS_LOOPBACK},
		{"2001:0:808:808:0:0:f7f7:f7f7", ADDRESS_PUBLIC},
		{"2001:2::1", ADDRESS_PRIVATE},
		{"2001:20::1", ADDRESS_UNUSABLE},
		{"2001:200::1", ADDRESS_PUBLIC},
		{"2001:db8::1", ADDRESS_UNUSABLE},
		{"2001:4860:4860::8888", ADDRESS_PUBLIC},
		{"2002:7f00:1::", ADDRESS_LOOPBACK},
		{"2002:a00:5::1", ADDRESS_PRIVATE},
		{"2002:a9fe:a9fe::1", ADDRESS_LINK_LOCAL},
		{"2002:808:808::1", ADDRESS_PUBLIC},
		{"2a00::1", ADDRESS_PUBLIC},
		{"3fff::1", ADDRESS_UNUSABLE},
		{"3fff:fff:ffff::1", ADDRESS_UNUSABLE},
		{"3fff:1000::1", ADDRESS_PUBLIC},
		{"4000::1", ADDRESS_UNUSABLE},
		{"5f00::1", ADDRESS_UNUSABLE},
		{"fbff::1", ADDRESS_UNUSABLE},
		{"fc00::1", ADDRESS_PRIVATE},
		{"fdff::1", ADDRESS_PRIVATE},
		{"fe00::1", ADDRESS_UNUSABLE},
		{"fe80::1", ADDRESS_LINK_LOCAL},
		{"febf::1", ADDRESS_LINK_LOCAL},
		{"fec0::1", ADDRESS_PRIVATE},
		{"feff::1", ADDRESS_PRIVATE},
		{"ff02::1", ADDRESS_UNUSABLE},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address address;
		assert_true(address_parse(rows[i].text, &address));
		const enum address_class class = address_classify(&address);
		if (class != rows[i].class)
			fail_msg("%s is %s, not %s", rows[i].text, address_class_name(rows[i].class), address_class_name(class));
	}
}

static void names_and_other_spellings_are_no_addresses(void **state)
{
	static const char *const rows[] = {"",      "localhost",    "127.1",    "0x7f.0.0.1", "2130706433",
	                                   "[::1]", "fe80::1%eth0", "1.2.3.4.", " 1.2.3.4"};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address address;
		assert_false(address_parse(rows[i], &address));
		assert_int_equal(address_classify(&address), ADDRESS_UNUSABLE);
	}
}

static void socket_addresses_are_read_by_family_and_size(void **state)
{
	struct sockaddr_in six_bytes_short = {.sin_family = AF_INET};
	struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr other = {.sa_family = AF_UNIX};
	struct address address;
	char text[ADDRESS_TEXT_SIZE];
	(void)state;
	assert_false(address_from_socket((const struct sockaddr *)&six_bytes_short, sizeof(six_bytes_short) - 6, &address));
	assert_false(address_from_socket(&other, sizeof(other), &address));
	assert_true(address_from_socket((const struct sockaddr *)&loopback, sizeof(loopback), &address));
	address_format(&address, text);
	assert_string_equal(text, "::1");
	assert_true(address_from_socket((const struct sockaddr *)&six_bytes_short, sizeof(six_bytes_short), &address));
	address_format(&address, text);
	assert_string_equal(text, "0.0.0.0");
}

static void private_addresses_need_the_setting_or_the_literal_host(void **state)
{
	static const struct {
		const char *source_host;
		const char *host;
		bool allow_private;
		const char *address;
		bool is_allowed;
	} rows[] = {
		{"shop.example", "shop.example", false, "8.8.8.8", true},
		{"shop.example", "shop.example", false, "10.0.0.5", false},
		{"shop.example", "shop.example", false, "127.0.0.1", false},
		{"shop.example", "shop.example", false, "::ffff:10.0.0.5", false},
		{"shop.example", "shop.example", true, "10.0.0.5", true},
		{"shop.example", "shop.example", true, "169.254.1.1", true},
		{"shop.example", "shop.example", true, "0.0.0.0", false},
		{"shop.example", "shop.example", true, "224.0.0.1", false},
		{"shop.example", "10.0.0.5", false, "10.0.0.5", false},
		{"10.0.0.5", "10.0.0.5", false, "10.0.0.5", true},
		{"10.0.0.5", "10.0.0.5", false, "10.0.0.6", false},
		{"10.0.0.5", "10.0.0.6", false, "10.0.0.6", false},
		{"10.0.0.5", "10.0.0.6", true, "10.0.0.6", true},
		{"10.0.0.5", "shop.example", false, "8.8.8.8", true},
		{"::1", "::1", false, "::1", true},
		{"::1", "::1", false, "127.0.0.1", false},
		{"0.0.0.0", "0.0.0.0", false, "0.0.0.0", false},
		{"localhost", "localhost", false, "127.0.0.1", true},
		{"localhost", "localhost", false, "::1", true},
		{"localhost", "localhost", false, "10.0.0.5", false},
		{"localhost", "127.0.0.1", false, "127.0.0.1", false},
		{"127.0.0.1", "localhost", false, "127.0.0.1", false},
		{"feeds.localhost", "feeds.localhost", false, "127.0.0.1", false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address address;
		assert_true(address_parse(rows[i].address, &address));
		const struct address_policy policy = address_policy_for(rows[i].source_host, rows[i].host, rows[i].allow_private);
		if (address_is_allowed(&policy, &address) != rows[i].is_allowed)
			fail_msg("row %zu: %s from %s to %s", i, rows[i].address, rows[i].source_host, rows[i].host);
	}
}

int run_address_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_classified_by_their_registries),
		cmocka_unit_test(names_and_other_spellings_are_no_addresses),
		cmocka_unit_test(socket_addresses_are_read_by_family_and_size),
		cmocka_unit_test(private_addresses_need_the_setting_or_the_literal_host),
	};
	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
