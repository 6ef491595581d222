#ifndef CURL_START_H
#define CURL_START_H

/*
 * curl_start - libcurl, set up once in a process, for TLS of GnuTLS only.
 *
 * libcurl begins by setting up libssh2, and that OpenSSL, of which nothing
 * here makes use: 1.5 MiB in each process with a connection.  A libssh2 that
 * was set up before without its cryptography stays so.
 */
#include "base/err.h"

/* RC_OK, also when it was called before, or RC_BROKEN. */
enum rc	curl_start(struct err *);

#endif
