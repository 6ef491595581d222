#ifndef WORDS_FIXTURE_H
#define WORDS_FIXTURE_H

/*
 * words_fixture - a parse_conf with the plan's categories and keywords, and
 * the forms of the source tree.
 */
#include <stdio.h>
#include <stdlib.h>

#include "parsers/form.h"
#include "parsers/parse.h"

static const char *intrusion_labels[] = { "外力入侵事件", "外力入侵",
    "外部入侵", "external intrusion" };
static const char *intrusion_words[] = { "病毒", "中毒", "木馬", "勒索", "駭",
    "入侵", "釣魚", "遭置換", "竄改", "盜用", "外洩", "DDoS", "蠕蟲",
    "ransomware", "virus", "malware", "phishing", "hacked" };
static const char *internal_labels[] = { "內部危安事件", "內部危安",
    "internal sabotage" };
static const char *internal_words[] = { "人為", "惡意", "離職", "私自", "竊取",
    "sabotage", "insider" };
static const char *disaster_labels[] = { "天然災害或重大突發事件", "天然災害",
    "重大突發事件", "disaster" };
static const char *disaster_words[] = { "颱風", "水災", "淹水", "地震", "火災",
    "爆炸", "停電", "漏水", "fire", "flood", "earthquake", "typhoon" };

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static struct category_rule fixture_rules[] = {
	{ "external_intrusion", intrusion_labels, COUNT(intrusion_labels),
	    intrusion_words, COUNT(intrusion_words) },
	{ "internal_sabotage", internal_labels, COUNT(internal_labels),
	    internal_words, COUNT(internal_words) },
	{ "disaster", disaster_labels, COUNT(disaster_labels),
	    disaster_words, COUNT(disaster_words) },
};

static struct form_set *fixture_forms;
static struct parse_conf fixture_conf = {
	.categories = fixture_rules, .n_categories = COUNT(fixture_rules),
	.zone = 28800, .limit = 900,
};

static int
fixture_load(void **unused)
{
	const char	*src = getenv("srcdir");
	char		 dir[512];
	struct err	 err;

	(void)unused;
	(void)snprintf(dir, sizeof(dir), "%s/parsers/forms", src != NULL ?
	    src : TOCSIN_SRCDIR);
	if (form_set_load(dir, &fixture_forms, &err) != RC_OK) {
		(void)fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	fixture_conf.forms = fixture_forms;
	return 0;
}

__attribute__((unused)) static int
fixture_free(void **unused)
{
	(void)unused;
	form_set_free(&fixture_forms);
	return 0;
}

#endif
