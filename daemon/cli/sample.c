/*
 * tocsin sample - tocsin.conf with every key and its text; --mdoc: the key
 * list of tocsin.conf(5).  Both from the table of base/conf_table.c.
 */
#include <string.h>

#include "cli/cli.h"

static void
print(void *unused, const char *line)
{
	(void)unused;
	(void)puts(line);
}

int
cmd_sample(struct cli *cli, int argc, char **argv)
{
	int	status = cli_no_json(cli, "a sample");

	if (status != 0)
		return status;
	if (argc == 1)
		conf_sample(print, NULL);
	else if (argc == 2 && strcmp(argv[1], "--mdoc") == 0)
		conf_mdoc(print, NULL);
	else
		return cli_usage(argv[0]);
	return EXIT_DONE;
}
