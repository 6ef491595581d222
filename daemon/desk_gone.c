#include "config.h"

#include "desk.h"

#define DEADLY		3	/* deaths over one letter: who kills all of them
				   at once may meet it in two hands */

/* How often couriers died with it in their hands, with this time. */
static int
deaths_of(struct desk *d, int64_t id)
{
	struct deadly	*of = &d->deadly[d->n_deadly % DEADLY_KEPT];

	for (size_t i = 0; i < DEADLY_KEPT; i++)
		if (d->deadly[i].outbox == id)
			return ++d->deadly[i].deaths;
	d->n_deadly++;
	of->outbox = id;
	return of->deaths = 1;
}

/*
 * It tells what it did with each before it begins the next: so the first of
 * what it held may have been sent, and goes again with the same Message-ID;
 * the others were not begun.  One that they die of again and again
 * would be sent for ever, with all others waiting: it is put off as one whose
 * answer was lost.
 */
enum rc
desk_courier_gone(struct desk *d, struct courier_state *c, const char *how,
    struct err *err)
{
	int64_t		 begun = c->n_jobs > 0 ? c->jobs[0] : -1;
	struct arena	*a = arena_new();
	enum rc		 rc = desk_begin(d, err);

	c->n_jobs = 0;
	if (rc == RC_OK && begun != -1 && !c->child.ending &&
	    deaths_of(d, begun) >= DEADLY)
		rc = desk_deadly(d, c, begun, how, a, err);
	if (rc == RC_OK)
		rc = outbox_release(d->store, c->name, begun, err);
	arena_free(&a);
	return rc;
}
