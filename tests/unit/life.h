#ifndef LIFE_H
#define LIFE_H

/*
 * life - the mails of an incident's life under taipei-2007, and what to say
 * of them.  One world for the whole program.
 */
#include "world.h"

#define TEAM	"jianguo.hsu@secretariat.example"
#define TEAM_2	"second.team@secretariat.example"
#define WANG	"ming.wang@secretariat.example"
#define BOSS	"boss@secretariat.example"

extern struct world	w;

int	 life_setup(void **);
int	 life_teardown(void **);
void	 at(const char *when);
void	 state_is(enum incident_state);
/* A line of the transcript says so. */
void	 said(const char *part, int ok);

struct report *level_mail(int level);
struct report *annex2_mail(int level);
/* One letter an item: o ok, n not applicable, x fail, d not done, - none. */
struct report *recovery_mail(const char *values);
struct report *status_mail(const char *from, const char *status);
struct report *words_mail(const char *from, const char *text);
void	 reasons(struct report *);
void	 open_case(void);
void	 open_at_level(int);

#endif
