#ifndef CERT_H
#define CERT_H

/*
 * cert - until when a certificate is good.
 */
#include <stdint.h>

/* UTC of the first certificate in this PEM; 0: none could be read. */
int64_t	cert_expires(const char *pem);
/* The same of a file, as our own client certificate is. */
int64_t	cert_file_expires(const char *file);

#endif
