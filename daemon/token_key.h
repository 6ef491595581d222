#ifndef TOKEN_KEY_H
#define TOKEN_KEY_H

/*
 * token_key - the key that signs reply tokens: never silently another.
 *
 * With another key nobody is believed who answers a letter that was sent
 * before, and nothing else tells of it.  So the store notes which key it is
 * (the fact "token_key", its SHA-256), a key of our own is made only while no
 * letter was ever promised, and one that is lost or exchanged is refused until
 * the operator says so (tocsind --new-key).
 */
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"
#include "store/store.h"

/*
 * The key of this house into key; it is made, and noted in the store with a
 * row in the journal, where that is due.  anew: another one is meant; refused
 * when the key that is noted is there.  RC_REFUSED tells what to do.
 */
enum rc	token_key_load(const struct conf *, struct store *, int anew,
	    int64_t now, unsigned char key[TOKEN_KEY], struct err *);
/* Would it be refused?  Changes nothing. */
enum rc	token_key_look(const struct conf *, struct store *, struct err *);

#endif
