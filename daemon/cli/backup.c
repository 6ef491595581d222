/*
 * tocsin backup FILE - a copy of the store, whole, while the daemon runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json.h"

int
cmd_backup(struct cli *cli, int argc, char **argv)
{
	struct stat	st;
	struct err	err;
	enum rc		rc;
	int		status;

	if (argc != 2 || argv[1][0] == '-')
		return cli_usage(argv[0]);
	if (lstat(argv[1], &st) == 0)
		return cli_complain(EXIT_FINDINGS, "%s is there already; a "
		    "backup overwrites nothing", argv[1]);
	status = cli_store(cli, KNOWN_READ);
	if (status != 0)
		return status;
	(void)umask(077);		/* names and numbers of people */
	rc = store_backup(cli->store, argv[1], clock_now(), &err);
	if (rc != RC_OK)
		return cli_fail(rc, &err);
	if (stat(argv[1], &st) == -1)
		return cli_complain(EXIT_FINDINGS, "%s: %s", argv[1],
		    strerror(errno));
	if (cli->json)
		return cli_json(json_pack("{s:o, s:I}", "file",
		    json_str(argv[1]), "size", (json_int_t)st.st_size));
	(void)printf("%s: %lld bytes.\n", argv[1], (long long)st.st_size);
	return EXIT_DONE;
}
