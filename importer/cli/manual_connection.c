/* Connections in the manual: the rules for all, and each kind's keys from its table. */
#include "cli/manual.h"
#include "connection/hmac.h"
#include "connection/kind.h"

static void print_field(FILE *out, const struct connection_field *field)
{
	fputs(".TP\n\\fB", out);
	manual_print_roff(out, field->name);
	fputs("\\fR", out);
	for (size_t i = 0; field->words != NULL && field->words[i] != NULL; i++) {
		fputs(i == 0 ? ": " : ", ", out);
		manual_print_roff(out, field->words[i]);
	}
	if (field->type == CONNECTION_FIELD_SECRET)
		fputs(": a reference to a secret", out);
	fputs(field->is_required ? " (needed)\n" : "\n", out);
	manual_print_roff(out, field->help);
	fputc('\n', out);
}

static void print_kind(FILE *out, const struct connection_kind *kind)
{
	fputs(".SS kind: ", out);
	manual_print_roff(out, kind->name);
	fputc('\n', out);
	manual_print_roff(out, kind->help);
	fputs(".\n", out);
	for (size_t i = 0; i < kind->field_count; i++)
		print_field(out, &kind->fields[i]);
}

static void print_presets(FILE *out)
{
	fputs(".PP\nPresets of \\fBhmac\\fR, with what is signed and the header of the signature:\n", out);
	for (size_t i = 0; hmac_preset_at(i) != NULL; i++) {
		const struct hmac_scheme *scheme = hmac_preset_at(i);
		fputs(".TP\n\\fB", out);
		manual_print_roff(out, scheme->name);
		fputs("\\fR\n", out);
		manual_print_roff(out, scheme->content);
		fputs(scheme->header != NULL ? ", in " : ", in the header that \\fBheader\\fR names", out);
		if (scheme->header != NULL)
			manual_print_roff(out, scheme->header);
		fputc('\n', out);
	}
	fputs(".PP\nA signature says who asks, and that nobody changed what it covers. It hides nothing: that is what https is for.\n",
	      out);
}

void manual_print_connections(FILE *out)
{
	fputs(".SH CONNECTIONS\n"
	      "A connection says how the requests for a feed are authenticated, and which service may see that. It is a YAML file in the folder of "
	      "connections; a job names it by \\fBconnection:\\fR. What is secret is a reference (see SECRETS); it is had when a fetch begins and wiped when "
	      "it ends. \\fBfeedmill connection test\\fR tries one out.\n"
	      ".PP\nWith \\fBallowed_url\\fR a source must lie within: scheme, host and port are the same, and the path is the same or below, by whole segments. "
	      "The host is compared in ASCII and lower case, an address whatever its spelling; the path with its dot segments and needless encodings "
	      "resolved, and that is what is fetched. A path with an encoded slash, a backslash, control characters or \\fB..;\\fR is never within another one.\n"
	      ".PP\nA redirect out of it, or without \\fBallowed_url\\fR to another scheme, host or port than that of the source, is followed without "
	      "headers, key, certificate or password, and the report says so; a later redirect back gets none either. No redirect leads from https to "
	      "http. Credentials go over http to this machine only, but for \\fBinsecure_http: true\\fR.\n"
	      ".PP\nHeaders that the transfer needs cannot be set: Host, Connection, Keep\\-Alive, Accept\\-Encoding, Content\\-Length, Transfer\\-Encoding, "
	      "Trailer, Upgrade, Date, Location, Server; nor those that feedmill manages: Range, If\\-Range, If\\-None\\-Match, If\\-Modified\\-Since, TE, Expect, "
	      "Proxy\\-Authorization, Proxy\\-Connection, HTTP2\\-Settings.\n"
	      ".PP\nKeys of every connection:\n",
	      out);
	for (size_t i = 0; i < connection_common_count(); i++)
		print_field(out, connection_common_at(i));
	for (size_t i = 0; i < connection_kind_count(); i++)
		print_kind(out, connection_kind_at(i));
	print_presets(out);
}
