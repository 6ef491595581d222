#include "incident/iodef.h"

#include <string.h>

#include <libxml/xmlwriter.h>

#include "incident/iodef_facts.h"

#define NS	"urn:ietf:params:xml:ns:iodef-2.0"

/*
 * The writer goes to memory and escapes all; a call fails only for lack of
 * memory, which shows in the document's end.
 */
struct xml {
	xmlTextWriterPtr w;
};

static void
open_element(struct xml *x, const char *name)
{
	(void)xmlTextWriterStartElement(x->w, BAD_CAST name);
}

static void
attribute(struct xml *x, const char *name, const char *value)
{
	if (value != NULL)
		(void)xmlTextWriterWriteAttribute(x->w, BAD_CAST name,
		    BAD_CAST value);
}

static void
close_element(struct xml *x)
{
	(void)xmlTextWriterEndElement(x->w);
}

/* <name>text</name>, or nothing. */
static void
element(struct xml *x, const char *name, const char *text)
{
	if (text != NULL)
		(void)xmlTextWriterWriteElement(x->w, BAD_CAST name,
		    BAD_CAST text);
}

static void
put_times(struct xml *x, const struct iodef_facts *f)
{
	element(x, "DetectTime", f->detected);
	element(x, "StartTime", f->started);
	element(x, "EndTime", f->ended);
	element(x, "RecoveryTime", f->recovered);
	element(x, "ReportTime", f->reported);
	element(x, "GenerationTime", f->generated);
}

static void
put_assessment(struct xml *x, const struct iodef_facts *f)
{
	open_element(x, "Assessment");
	attribute(x, "occurrence", "actual");
	element(x, "IncidentCategory", f->category);
	open_element(x, "BusinessImpact");
	attribute(x, "severity", f->severity == NULL ? "unknown" :
	    f->severity);
	attribute(x, "type", "unknown");
	element(x, "Description", f->level);
	element(x, "Description", f->impact);
	close_element(x);
	if (f->damage != NULL) {
		open_element(x, "SystemImpact");
		attribute(x, "type", "unknown");
		element(x, "Description", f->damage);
		close_element(x);
	}
	element(x, "Cause", f->cause);
	close_element(x);
}

static void
put_contact(struct xml *x, const char *role, const char *type,
    const char *name, const char *email, const char *phone)
{
	open_element(x, "Contact");
	attribute(x, "role", role);
	attribute(x, "type", type);
	element(x, "ContactName", name);
	if (email != NULL) {
		open_element(x, "Email");
		element(x, "EmailTo", email);
		close_element(x);
	}
	if (phone != NULL) {
		open_element(x, "Telephone");
		element(x, "TelephoneNumber", phone);
		close_element(x);
	}
	close_element(x);
}

static void
put_contacts(struct xml *x, const struct iodef_facts *f)
{
	put_contact(x, "creator", "organization", f->agency, f->email,
	    f->phone);
	if (f->handler != NULL || f->handler_phone != NULL)
		put_contact(x, "irt", "person", f->handler, NULL,
		    f->handler_phone);
	if (f->unit != NULL)
		put_contact(x, "victim", "organization", f->unit, NULL, NULL);
}

static void
put_events(struct xml *x, const struct iodef_facts *f)
{
	if (f->support != NULL) {
		open_element(x, "EventData");
		open_element(x, "Expectation");
		attribute(x, "action", "other");
		element(x, "Description", f->support);
		close_element(x);
		close_element(x);
	}
	if (f->n_items == 0)
		return;
	open_element(x, "History");
	for (size_t i = 0; i < f->n_items; i++) {
		open_element(x, "HistoryItem");
		attribute(x, "action", f->items[i].action);
		element(x, "DateTime", f->items[i].at);
		element(x, "Description", f->items[i].text);
		close_element(x);
	}
	close_element(x);
}

static void
put_data(struct xml *x, const char *name, const char *dtype,
    const char *value)
{
	if (value == NULL)
		return;
	open_element(x, "AdditionalData");
	attribute(x, "name", name);
	attribute(x, "dtype", dtype);
	(void)xmlTextWriterWriteString(x->w, BAD_CAST value);
	close_element(x);
}

static void
put_incident(struct xml *x, const struct iodef_facts *f)
{
	open_element(x, "Incident");
	attribute(x, "purpose", "reporting");
	attribute(x, "status", f->status);
	attribute(x, "xml:lang", f->lang);
	attribute(x, "restriction", "need-to-know");
	open_element(x, "IncidentID");
	attribute(x, "name", f->domain);
	(void)xmlTextWriterWriteString(x->w, BAD_CAST f->id);
	close_element(x);
	put_times(x, f);
	element(x, "Description", f->facts);
	element(x, "Description", f->description);
	put_assessment(x, f);
	put_contacts(x, f);
	put_events(x, f);
	put_data(x, "level", "integer", f->level_number);
	put_data(x, "revision", "integer", f->revision);
	put_data(x, "policy", "string", f->policy);
	put_data(x, "drill", "boolean", f->drill ? "true" : "false");
	close_element(x);
}

enum rc
iodef_xml(const struct policy *p, const struct conf *conf,
    const struct situation *s, const struct addressee *to, int64_t now,
    struct buf *out, struct err *err)
{
	struct iodef_facts	 f;
	struct arena		*a = arena_new();
	xmlBufferPtr		 b = xmlBufferCreate();
	struct xml		 x = { NULL };
	enum rc			 rc = RC_OK;

	iodef_facts(p, conf, s, to, now, a, &f);
	if (b != NULL)
		x.w = xmlNewTextWriterMemory(b, 0);
	if (x.w != NULL && xmlTextWriterSetIndent(x.w, 1) == 0 &&
	    xmlTextWriterStartDocument(x.w, NULL, "UTF-8", NULL) >= 0) {
		open_element(&x, "IODEF-Document");
		attribute(&x, "version", "2.00");
		attribute(&x, "xml:lang", f.lang);
		attribute(&x, "xmlns", NS);
		put_incident(&x, &f);
		close_element(&x);
	}
	if (x.w == NULL || xmlTextWriterEndDocument(x.w) < 0 ||
	    xmlTextWriterFlush(x.w) < 0)
		rc = err_set(err, RC_BROKEN, "iodef: the XML writer failed");
	else if (buf_add(out, xmlBufferContent(b),
	    (size_t)xmlBufferLength(b)) != 0)
		rc = err_set(err, RC_REFUSED,
		    "iodef: found more than %zu bytes, expected less",
		    out->max);
	if (x.w != NULL)
		xmlFreeTextWriter(x.w);
	if (b != NULL)
		xmlBufferFree(b);
	arena_free(&a);
	return rc;
}
