/* The manual page feedmill(1), made from the tables of commands and options. */
#include "cli/manual.h"

#include "cli/command.h"

void manual_print_roff(FILE *out, const char *text)
{
	bool at_start = true;

	for (; *text; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		at_start = *text == '\n';
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else if (at_start && text[1] == '\n')
			fputs("\n.PP", out);
		else
			fputc(*text, out);
	}
}

static void print_roff_option(FILE *out, const struct option_definition *option)
{
	fputs(".TP\n", out);
	if (option->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
	fputs("\\fB\\-\\-", out);
	manual_print_roff(out, option->name);
	fputs("\\fR", out);
	if (option->argument)
		fprintf(out, " \\fI%s\\fR", option->argument);
	fputc('\n', out);
	manual_print_roff(out, option->help);
	fputc('\n', out);
}

void manual_print_commands(FILE *out)
{
	fputs(".TH FEEDMILL 1 \"\" \"feedmill " FEEDMILL_VERSION "\" \"User Commands\"\n"
	      ".SH NAME\nfeedmill \\- import product feeds into a market store\n"
	      ".SH SYNOPSIS\n.B feedmill\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
	      ".SH DESCRIPTION\nfeedmill fetches a product feed, proves it whole, works out exactly what would change, applies it in one transaction "
	      "and reports numbers that add up.\n"
	      ".SH COMMANDS\n",
	      out);
	for (size_t i = 0; i < command_count; i++) {
		fprintf(out, ".SS %s ", commands[i]->name);
		manual_print_roff(out, commands[i]->arguments);
		fputc('\n', out);
		manual_print_roff(out, commands[i]->summary);
		fputs(".\n", out);
		if (commands[i]->details) {
			fputs(".PP\n", out);
			manual_print_roff(out, commands[i]->details);
			fputc('\n', out);
		}
		for (size_t k = 0; k < commands[i]->option_count; k++)
			print_roff_option(out, &option_definitions[commands[i]->options[k]]);
	}
	fputs(".SH FILES\n"
	      ".TP\n\\&./feedmill.yaml, /etc/feedmill/feedmill.yaml\nThe configuration, unless \\fB\\-\\-config\\fR or \\fBFEEDMILL_CONFIG\\fR names another.\n"
	      ".TP\n\\fBstate\\fR of the configuration, else $STATE_DIRECTORY, else $XDG_STATE_HOME/feedmill, else ~/.local/state/feedmill\nThe state folder: the spool of fetched feeds, and "
	      "\\fBmarket.db\\fR, the store, unless \\fB\\-\\-store\\fR or the configuration names another.\n"
	      ".SH ENVIRONMENT\n.TP\nNO_COLOR\nSet and not empty: no colours.\n"
	      ".SH SEE ALSO\n.BR feedmill.yaml (5),\n.BR feedmill\\-dialect (5)\n"
	      ".SH EXIT STATUS\nEvery command but \\fBrun\\fR, \\fBapprove\\fR, \\fBreplay\\fR and \\fBcheck\\fR: 0 done; 1 failed; 2 usage or configuration; 75 temporary failure.\n",
	      out);
}
