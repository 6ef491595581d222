#ifndef JWT_H
#define JWT_H

/*
 * jwt - when a token ends that is a JSON Web Token (RFC 7519).
 *
 * Only to tell a person in time: nothing is verified and nothing is trusted.
 */
#include <stdint.h>

/* UTC of "exp", and of "iat" (0: not said); 0: no such token, or no end. */
int64_t	jwt_ends(const char *token, int64_t *issued);

#endif
