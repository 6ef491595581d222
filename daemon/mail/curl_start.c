#include "mail/curl_start.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include <curl/curl.h>

#define SSH_NO_CRYPTO	1	/* LIBSSH2_INIT_NO_CRYPTO of libssh2.h */

/* Only a libcurl that speaks SSH has brought libssh2 along. */
static void
spare_openssl(void)
{
	void	*sym = dlsym(RTLD_DEFAULT, "libssh2_init");
	int	(*init)(int);

	if (sym == NULL)
		return;
	memcpy(&init, &sym, sizeof(init));	/* POSIX, dlsym */
	(void)init(SSH_NO_CRYPTO);
}

enum rc
curl_start(struct err *err)
{
	static int	ready;

	if (ready)
		return RC_OK;
	spare_openssl();
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, RC_BROKEN, "libcurl does not start");
	ready = 1;
	return RC_OK;
}
