#ifndef WORLD_H
#define WORLD_H

/*
 * world - one incident held in memory, for tests of decide(): applies each
 * change as the desk would, without store, letters or wire.
 */
#include "incident/decide.h"

#define WORLD_MAX	400

struct world {
	struct arena	*a;
	struct policy	*p;
	struct conf	*conf;
	struct incident	 in;
	struct incident_field fields[WORLD_MAX];	size_t n_fields;
	struct deadline	 deadlines[WORLD_MAX];		size_t n_deadlines;
	struct outbox_item items[WORLD_MAX];		size_t n_items;
	struct journal_row journal[WORLD_MAX];		size_t n_journal;
	struct change	 c;		/* the last one */
	int64_t		 now;
	int64_t		 mails;
	const struct incident *other;
	const char	*holder;	/* whose proof the next mails bring */
};

void	 world_begin(struct world *, const char *policy);
void	 world_end(struct world *);
int64_t	 world_time(const char *rfc3339);	/* fails the test */

/* Reports by hand. */
struct report *world_report(struct world *, const char *from);
struct field *world_text(struct world *, struct report *, const char *name,
	    const char *text);
void	 world_at(struct world *, struct report *, const char *name,
	    const char *rfc3339);
void	 world_level(struct world *, struct report *, int);
/* A field that stands there but could not be read. */
void	 world_unread(struct world *, struct report *, const char *name,
	    const char *raw);
/* The report form with all its fields, received at w->now. */
struct report *world_annex1(struct world *);

/* Events. */
void	 world_open(struct world *, struct report *);
void	 world_mail(struct world *, struct report *, const char *role,
	    int trusted);
void	 world_sent(struct world *, const char *duty, const char *role,
	    enum channel_kind);
void	 world_lost(struct world *, const char *duty, const char *role,
	    enum channel_kind);
void	 world_lost_saying(struct world *, const char *duty, const char *role,
	    enum channel_kind, const char *last);
/* No relay carries it for us, saying so. */
void	 world_denied(struct world *, const char *duty, const char *role,
	    const char *last);
/* This one, when it is due. */
void	 world_fire(struct world *, const struct deadline *);
/* It is only now: the clock was ahead. */
void	 world_clock_back(struct world *, int64_t now);
/* Every deadline that is due until then, in order; how many fired. */
int	 world_until(struct world *, int64_t then);

/* What came of the last event. */
const struct duty *world_duty(const struct world *, const char *name,
	    const char *role);
size_t	 world_duties(const struct world *, const char *name);
int	 world_journal(const struct world *, const char *event); /* ever */
/* The line about a text in the transcript, or else in what the team is shown
 * of a supplement: its result; NULL: none. */
const char *world_line(const struct world *, const char *part, int *ok);
const struct deadline *world_deadline(const struct world *, const char *name);

#endif
