/*
 * The behaviours that the public Mustache specification names, in its order
 * and by its names, and what is ours beside: errors, limits, text templates.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "templates/render_tree.h"

#define OUT_MAX	(1u << 20)

struct spec_case {
	const char	*name;
	const char	*data;
	const char	*tmpl;
	const char	*want;
	const char	*partials;	/* JSON object, or NULL */
};

static const char *
partial_of(void *arg, const char *name)
{
	return json_string_value(json_object_get(arg, name));
}

static enum rc
run(const char *tmpl, const char *data, const char *partials,
    enum render_escape escape, struct buf *out, struct err *err)
{
	json_t	*d = json_loads(data, JSON_DECODE_ANY, NULL);
	json_t	*p = partials == NULL ? NULL : json_loads(partials, 0, NULL);
	enum rc	 rc;

	assert_non_null(d);
	assert_true(partials == NULL || p != NULL);
	err->text[0] = '\0';
	rc = render("t", tmpl, d, escape, partial_of, p, out, err);
	json_decref(d);
	json_decref(p);
	return rc;
}

static void
check(const char *group, const struct spec_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf	out;
		struct err	err;
		enum rc		rc;

		buf_init(&out, OUT_MAX);
		rc = run(c[i].tmpl, c[i].data, c[i].partials, RENDER_HTML,
		    &out, &err);
		if (rc != RC_OK || strcmp(out.data, c[i].want) != 0)
			fail_msg("%s, %s: got %s \"%s\" (%s), want \"%s\"",
			    group, c[i].name, rc_name(rc), out.data, err.text,
			    c[i].want);
		buf_free(&out);
	}
}
#define CHECK(a)	check(#a, a, sizeof(a) / sizeof((a)[0]))

static const struct spec_case interpolation[] = {
	{ "No Interpolation", "{}", "a {plain} text\n", "a {plain} text\n", 0 },
	{ "Basic Interpolation", "{\"who\":\"you\"}", "To {{who}}!\n",
	    "To you!\n", 0 },
	{ "No Re-interpolation", "{\"t\":\"{{x}}\",\"x\":1}", "{{t}}: {{x}}",
	    "{{x}}: 1", 0 },
	{ "HTML Escaping", "{\"f\":\"& \\\" < >\"}", "{{f}}\n",
	    "&amp; &quot; &lt; &gt;\n", 0 },
	{ "Triple Mustache", "{\"f\":\"& \\\" < >\"}", "{{{f}}}\n",
	    "& \" < >\n", 0 },
	{ "Ampersand", "{\"f\":\"& \\\" < >\"}", "{{&f}}\n", "& \" < >\n", 0 },
	{ "Basic Integer", "{\"mph\":85}", "\"{{mph}} mph\"", "\"85 mph\"", 0 },
	{ "Triple Integer", "{\"mph\":85}", "{{{mph}}}", "85", 0 },
	{ "Ampersand Integer", "{\"mph\":85}", "{{&mph}}", "85", 0 },
	{ "Basic Decimal", "{\"p\":1.210}", "\"{{p}}\"", "\"1.21\"", 0 },
	{ "Triple Decimal", "{\"p\":1.210}", "{{{p}}}", "1.21", 0 },
	{ "Ampersand Decimal", "{\"p\":1.210}", "{{&p}}", "1.21", 0 },
	{ "Decimals that 15 digits lose", "{\"p\":0.30000000000000004}",
	    "{{p}}", "0.30000000000000004", 0 },
	{ "Basic Null", "{\"no\":null}", "({{no}})", "()", 0 },
	{ "Triple Null", "{\"no\":null}", "({{{no}}})", "()", 0 },
	{ "Ampersand Null", "{\"no\":null}", "({{&no}})", "()", 0 },
	{ "Basic Context Miss", "{}", "({{no}})", "()", 0 },
	{ "Triple Context Miss", "{}", "({{{no}}})", "()", 0 },
	{ "Ampersand Context Miss", "{}", "({{&no}})", "()", 0 },
	{ "Dotted Names - Basic", "{\"p\":{\"n\":\"J\"}}",
	    "{{p.n}}={{#p}}{{n}}{{/p}}", "J=J", 0 },
	{ "Dotted Names - Triple", "{\"p\":{\"n\":\"J\"}}",
	    "{{{p.n}}}={{#p}}{{{n}}}{{/p}}", "J=J", 0 },
	{ "Dotted Names - Ampersand", "{\"p\":{\"n\":\"J\"}}",
	    "{{&p.n}}={{#p}}{{&n}}{{/p}}", "J=J", 0 },
	{ "Dotted Names - Arbitrary Depth",
	    "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"name\":\"P\"}}}}}}",
	    "{{a.b.c.d.e.name}}", "P", 0 },
	{ "Dotted Names - Broken Chains", "{\"a\":{}}", "({{a.b.c}})", "()",
	    0 },
	{ "Dotted Names - Broken Chain Resolution",
	    "{\"a\":{\"b\":{}},\"c\":{\"name\":\"J\"}}", "({{a.b.c.name}})",
	    "()", 0 },
	{ "Dotted Names - Initial Resolution",
	    "{\"a\":{\"b\":{\"c\":{\"d\":\"right\"}}},"
	    "\"b\":{\"c\":{\"d\":\"wrong\"}}}",
	    "{{#a}}{{b.c.d}}{{/a}}", "right", 0 },
	{ "Dotted Names - Leading Dot",
	    "{\"a\":{},\"b\":{\"name\":\"in\"},\"name\":\"out\"}",
	    "{{#a}}{{.name}}{{/a}}{{#b}}{{.name}}{{/b}}", "in", 0 },
	{ "Dotted Names - Context Precedence",
	    "{\"a\":{\"b\":{}},\"b\":{\"c\":\"wrong\"}}",
	    "({{#a}}{{b.c}}{{/a}})", "()", 0 },
	{ "Dotted Names are never single keys", "{\"a.b\":\"c\"}", "({{a.b}})",
	    "()", 0 },
	{ "Dotted Names - No Masking", "{\"a.b\":\"c\",\"a\":{\"b\":\"d\"}}",
	    "{{a.b}}", "d", 0 },
	{ "Implicit Iterators - Basic", "\"world\"", "Hello, {{.}}!",
	    "Hello, world!", 0 },
	{ "Implicit Iterators - HTML Escaping", "\"& \\\" < >\"", "{{.}}",
	    "&amp; &quot; &lt; &gt;", 0 },
	{ "Implicit Iterators - Triple", "\"& \\\" < >\"", "{{{.}}}",
	    "& \" < >", 0 },
	{ "Implicit Iterators - Ampersand", "\"& \\\" < >\"", "{{&.}}",
	    "& \" < >", 0 },
	{ "Implicit Iterators - Integer", "85", "\"{{.}} mph\"", "\"85 mph\"",
	    0 },
	{ "Surrounding Whitespace", "{\"s\":\"---\"}", "| {{s}} |", "| --- |",
	    0 },
	{ "Triple - Surrounding Whitespace", "{\"s\":\"---\"}", "| {{{s}}} |",
	    "| --- |", 0 },
	{ "Ampersand - Surrounding Whitespace", "{\"s\":\"---\"}",
	    "| {{&s}} |", "| --- |", 0 },
	{ "Standalone", "{\"s\":\"---\"}", "  {{s}}\n", "  ---\n", 0 },
	{ "Triple - Standalone", "{\"s\":\"---\"}", "  {{{s}}}\n", "  ---\n",
	    0 },
	{ "Ampersand - Standalone", "{\"s\":\"---\"}", "  {{&s}}\n",
	    "  ---\n", 0 },
	{ "With Padding", "{\"s\":\"---\"}", "|{{ s }}|", "|---|", 0 },
	{ "Triple With Padding", "{\"s\":\"---\"}", "|{{{ s }}}|", "|---|",
	    0 },
	{ "Ampersand With Padding", "{\"s\":\"---\"}", "|{{& s }}|", "|---|",
	    0 },
	{ "Chinese names and values", "{\"組別\":\"機要組\"}",
	    "組別：{{組別}}", "組別：機要組", 0 },
};

static const struct spec_case sections[] = {
	{ "Truthy", "{\"b\":true}", "\"{{#b}}yes{{/b}}\"", "\"yes\"", 0 },
	{ "Falsey", "{\"b\":false}", "\"{{#b}}yes{{/b}}\"", "\"\"", 0 },
	{ "Null is falsey", "{\"n\":null}", "\"{{#n}}yes{{/n}}\"", "\"\"", 0 },
	{ "Context", "{\"c\":{\"name\":\"J\"}}", "{{#c}}Hi {{name}}.{{/c}}",
	    "Hi J.", 0 },
	{ "Parent contexts", "{\"a\":\"foo\",\"b\":\"wrong\","
	    "\"sec\":{\"b\":\"bar\"},\"c\":{\"d\":\"baz\"}}",
	    "{{#sec}}{{a}}, {{b}}, {{c.d}}{{/sec}}", "foo, bar, baz", 0 },
	{ "Variable test", "{\"foo\":\"bar\"}",
	    "{{#foo}}{{.}} is {{foo}}{{/foo}}", "bar is bar", 0 },
	{ "List Contexts", "{\"tops\":[{\"tname\":{\"upper\":\"A\","
	    "\"lower\":\"a\"},\"middles\":[{\"mname\":\"1\",\"bottoms\":"
	    "[{\"bname\":\"x\"},{\"bname\":\"y\"}]}]}]}",
	    "{{#tops}}{{#middles}}{{tname.lower}}{{mname}}.{{#bottoms}}"
	    "{{tname.upper}}{{mname}}{{bname}}.{{/bottoms}}{{/middles}}"
	    "{{/tops}}", "a1.A1x.A1y.", 0 },
	{ "Deeply Nested Contexts", "{\"a\":{\"one\":1},\"b\":{\"two\":2},"
	    "\"c\":{\"three\":3,\"d\":{\"four\":4,\"five\":5}}}",
	    "{{#a}}\n{{one}}\n{{#b}}\n{{one}}{{two}}{{one}}\n{{#c}}\n"
	    "{{one}}{{two}}{{three}}{{two}}{{one}}\n{{#d}}\n{{#five}}\n"
	    "{{four}}{{five}}{{.}}6{{.}}{{four}}\n{{/five}}\n{{/d}}\n{{/c}}\n"
	    "{{one}}{{two}}{{one}}\n{{/b}}\n{{one}}\n{{/a}}\n",
	    "1\n121\n12321\n455654\n121\n1\n", 0 },
	{ "List", "{\"l\":[{\"i\":1},{\"i\":2},{\"i\":3}]}",
	    "{{#l}}{{i}}{{/l}}", "123", 0 },
	{ "Empty List", "{\"l\":[]}", "\"{{#l}}x{{/l}}\"", "\"\"", 0 },
	{ "Strings Not Lists", "{\"s\":\"123\"}", "{{#s}}foo{{/s}}", "foo",
	    0 },
	{ "Doubled", "{\"b\":true,\"two\":\"second\"}",
	    "{{#b}}\n* first\n{{/b}}\n* {{two}}\n{{#b}}\n* third\n{{/b}}\n",
	    "* first\n* second\n* third\n", 0 },
	{ "Nested (Truthy)", "{\"b\":true}",
	    "| A {{#b}}B {{#b}}C{{/b}} D{{/b}} E |", "| A B C D E |", 0 },
	{ "Nested (Falsey)", "{\"b\":false}",
	    "| A {{#b}}B {{#b}}C{{/b}} D{{/b}} E |", "| A  E |", 0 },
	{ "Context Misses", "{}", "[{{#no}}found{{/no}}]", "[]", 0 },
	{ "Implicit Iterator - String", "{\"l\":[\"a\",\"b\"]}",
	    "{{#l}}({{.}}){{/l}}", "(a)(b)", 0 },
	{ "Implicit Iterator - Integer", "{\"l\":[1,2]}",
	    "{{#l}}({{.}}){{/l}}", "(1)(2)", 0 },
	{ "Implicit Iterator - Decimal", "{\"l\":[1.10,2.20,3.30,4.40,5.50]}",
	    "{{#l}}({{.}}){{/l}}", "(1.1)(2.2)(3.3)(4.4)(5.5)", 0 },
	{ "Implicit Iterator - Array", "{\"l\":[[1,2],[\"a\",\"b\"]]}",
	    "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", "(12)(ab)", 0 },
	{ "Implicit Iterator - HTML Escaping", "{\"l\":[\"&\",\"\\\"\"]}",
	    "{{#l}}({{.}}){{/l}}", "(&amp;)(&quot;)", 0 },
	{ "Implicit Iterator - Triple", "{\"l\":[\"&\",\"<\"]}",
	    "{{#l}}({{{.}}}){{/l}}", "(&)(<)", 0 },
	{ "Implicit Iterator - Ampersand", "{\"l\":[\"&\",\"<\"]}",
	    "{{#l}}({{&.}}){{/l}}", "(&)(<)", 0 },
	{ "Implicit Iterator - Root-level", "[{\"v\":\"a\"},{\"v\":\"b\"}]",
	    "{{#.}}({{v}}){{/.}}", "(a)(b)", 0 },
	{ "Dotted Names - Truthy", "{\"a\":{\"b\":{\"c\":true}}}",
	    "{{#a.b.c}}Here{{/a.b.c}}", "Here", 0 },
	{ "Dotted Names - Falsey", "{\"a\":{\"b\":{\"c\":false}}}",
	    "({{#a.b.c}}Here{{/a.b.c}})", "()", 0 },
	{ "Dotted Names - Broken Chains", "{\"a\":{}}",
	    "({{#a.b.c}}Here{{/a.b.c}})", "()", 0 },
	{ "Surrounding Whitespace", "{\"b\":true}",
	    " | {{#b}}\t|\t{{/b}} | \n", " | \t|\t | \n", 0 },
	{ "Internal Whitespace", "{\"b\":true}",
	    " | {{#b}} {{! Important }}\n {{/b}} | \n", " |  \n  | \n", 0 },
	{ "Indented Inline Sections", "{\"b\":true}",
	    " {{#b}}YES{{/b}}\n {{#b}}GOOD{{/b}}\n", " YES\n GOOD\n", 0 },
	{ "Standalone Lines", "{\"b\":true}",
	    "| This\n{{#b}}\n|\n{{/b}}\n| Line\n", "| This\n|\n| Line\n", 0 },
	{ "Indented Standalone Lines", "{\"b\":true}",
	    "| This\n  {{#b}}\n|\n\t{{/b}}\n| Line\n", "| This\n|\n| Line\n",
	    0 },
	{ "Standalone Line Endings", "{\"b\":true}",
	    "|\r\n{{#b}}\r\n{{/b}}\r\n|", "|\r\n|", 0 },
	{ "Standalone Without Previous Line", "{\"b\":true}",
	    "  {{#b}}\n#{{/b}}\n/", "#\n/", 0 },
	{ "Standalone Without Newline", "{\"b\":true}",
	    "#{{#b}}\n/\n  {{/b}}", "#\n/\n", 0 },
	{ "Padding", "{\"b\":true}", "|{{# b }}={{/ b }}|", "|=|", 0 },
	{ "An empty text is nothing", "{\"s\":\"\"}", "({{#s}}x{{/s}})", "()",
	    0 },
	{ "A zero is something", "{\"n\":0}", "({{#n}}{{.}}{{/n}})", "(0)",
	    0 },
};

static const struct spec_case inverted[] = {
	{ "Falsey", "{\"b\":false}", "\"{{^b}}yes{{/b}}\"", "\"yes\"", 0 },
	{ "Truthy", "{\"b\":true}", "\"{{^b}}yes{{/b}}\"", "\"\"", 0 },
	{ "Null is falsey", "{\"b\":null}", "{{^b}}yes{{/b}}", "yes", 0 },
	{ "Context", "{\"c\":{\"name\":\"J\"}}", "({{^c}}{{name}}{{/c}})",
	    "()", 0 },
	{ "List", "{\"l\":[{\"n\":1},{\"n\":2}]}", "({{^l}}{{n}}{{/l}})",
	    "()", 0 },
	{ "Empty List", "{\"l\":[]}", "{{^l}}none{{/l}}", "none", 0 },
	{ "Doubled", "{\"b\":false,\"two\":\"second\"}",
	    "{{^b}}\n* first\n{{/b}}\n* {{two}}\n{{^b}}\n* third\n{{/b}}\n",
	    "* first\n* second\n* third\n", 0 },
	{ "Nested (Falsey)", "{\"b\":false}",
	    "| A {{^b}}B {{^b}}C{{/b}} D{{/b}} E |", "| A B C D E |", 0 },
	{ "Nested (Truthy)", "{\"b\":true}",
	    "| A {{^b}}B {{^b}}C{{/b}} D{{/b}} E |", "| A  E |", 0 },
	{ "Context Misses", "{}", "[{{^no}}missed{{/no}}]", "[missed]", 0 },
	{ "Dotted Names - Truthy", "{\"a\":{\"b\":{\"c\":true}}}",
	    "({{^a.b.c}}x{{/a.b.c}})", "()", 0 },
	{ "Dotted Names - Falsey", "{\"a\":{\"b\":{\"c\":false}}}",
	    "({{^a.b.c}}x{{/a.b.c}})", "(x)", 0 },
	{ "Dotted Names - Broken Chains", "{\"a\":{}}",
	    "({{^a.b.c}}x{{/a.b.c}})", "(x)", 0 },
	{ "Surrounding Whitespace", "{\"b\":false}",
	    " | {{^b}}\t|\t{{/b}} | \n", " | \t|\t | \n", 0 },
	{ "Internal Whitespace", "{\"b\":false}",
	    " | {{^b}} {{! Important }}\n {{/b}} | \n", " |  \n  | \n", 0 },
	{ "Indented Inline Sections", "{\"b\":false}",
	    " {{^b}}NO{{/b}}\n {{^b}}WAY{{/b}}\n", " NO\n WAY\n", 0 },
	{ "Standalone Lines", "{\"b\":false}",
	    "| This\n{{^b}}\n|\n{{/b}}\n| Line\n", "| This\n|\n| Line\n", 0 },
	{ "Standalone Indented Lines", "{\"b\":false}",
	    "| This\n  {{^b}}\n|\n  {{/b}}\n| Line\n", "| This\n|\n| Line\n",
	    0 },
	{ "Standalone Line Endings", "{\"b\":false}",
	    "|\r\n{{^b}}\r\n{{/b}}\r\n|", "|\r\n|", 0 },
	{ "Standalone Without Previous Line", "{\"b\":false}",
	    "  {{^b}}\n^{{/b}}\n/", "^\n/", 0 },
	{ "Standalone Without Newline", "{\"b\":false}",
	    "^{{^b}}\n/\n  {{/b}}", "^\n/\n", 0 },
	{ "Padding", "{\"b\":false}", "|{{^ b }}={{/ b }}|", "|=|", 0 },
};

static const struct spec_case comments[] = {
	{ "Inline", "{}", "123{{! Comment! }}45", "12345", 0 },
	{ "Multiline", "{}", "123{{!\n  of two\n  lines\n}}45\n", "12345\n",
	    0 },
	{ "Standalone", "{}", "Begin.\n{{! x! }}\nEnd.\n", "Begin.\nEnd.\n",
	    0 },
	{ "Indented Standalone", "{}", "Begin.\n  {{! x! }}\nEnd.\n",
	    "Begin.\nEnd.\n", 0 },
	{ "Standalone Line Endings", "{}", "|\r\n{{! x }}\r\n|", "|\r\n|", 0 },
	{ "Standalone Without Previous Line", "{}", "  {{! x }}\n!", "!", 0 },
	{ "Standalone Without Newline", "{}", "!\n  {{! x }}", "!\n", 0 },
	{ "Multiline Standalone", "{}", "Begin.\n{{!\nx...\n}}\nEnd.\n",
	    "Begin.\nEnd.\n", 0 },
	{ "Indented Multiline Standalone", "{}",
	    "Begin.\n  {{!\n    x...\n  }}\nEnd.\n", "Begin.\nEnd.\n", 0 },
	{ "Indented Inline", "{}", "  12 {{! 34 }}\n", "  12 \n", 0 },
	{ "Surrounding Whitespace", "{}", "12 {{! x }} 34", "12  34", 0 },
	{ "Variable Name Collision", "{\"! c\":1,\"!c \":2,\"!c\":3,\"c\":4}",
	    "comments never show: >{{! c }}<", "comments never show: ><", 0 },
};

static const struct spec_case delimiters[] = {
	{ "Pair Behavior", "{\"t\":\"Hey\"}", "{{=<% %>=}}(<%t%>)", "(Hey)",
	    0 },
	{ "Special Characters", "{\"t\":\"Hey\"}", "({{=[ ]=}}[t])", "(Hey)",
	    0 },
	{ "Sections", "{\"s\":true,\"d\":\"data\"}",
	    "[\n{{#s}}\n  {{d}}\n  |d|\n{{/s}}\n\n{{= | | =}}\n|#s|\n  {{d}}\n"
	    "  |d|\n|/s|\n]\n",
	    "[\n  data\n  |d|\n\n  {{d}}\n  data\n]\n", 0 },
	{ "Inverted Sections", "{\"s\":false,\"d\":\"data\"}",
	    "[\n{{^s}}\n  {{d}}\n  |d|\n{{/s}}\n\n{{= | | =}}\n|^s|\n  {{d}}\n"
	    "  |d|\n|/s|\n]\n",
	    "[\n  data\n  |d|\n\n  {{d}}\n  data\n]\n", 0 },
	{ "Partial Inheritence", "{\"v\":\"yes\"}",
	    "[ {{>inc}} ]\n{{= | | =}}\n[ |>inc| ]\n",
	    "[ .yes. ]\n[ .yes. ]\n", "{\"inc\":\".{{v}}.\"}" },
	{ "Post-Partial Behavior", "{\"v\":\"yes\"}",
	    "[ {{>inc}} ]\n[ .{{v}}.  .|v|. ]\n",
	    "[ .yes.  .yes. ]\n[ .yes.  .|v|. ]\n",
	    "{\"inc\":\".{{v}}. {{= | | =}} .|v|.\"}" },
	{ "Set inside a section stays set", "{\"s\":true,\"v\":1}",
	    "{{#s}}{{=<% %>=}}<%v%><%/s%><%v%>", "11", 0 },
	{ "Surrounding Whitespace", "{}", "| {{=@ @=}} |", "|  |", 0 },
	{ "Outlying Whitespace (Inline)", "{}", " | {{=@ @=}}\n", " | \n", 0 },
	{ "Standalone Tag", "{}", "Begin.\n{{=@ @=}}\nEnd.\n",
	    "Begin.\nEnd.\n", 0 },
	{ "Indented Standalone Tag", "{}", "Begin.\n  {{=@ @=}}\nEnd.\n",
	    "Begin.\nEnd.\n", 0 },
	{ "Standalone Line Endings", "{}", "|\r\n{{= @ @ =}}\r\n|", "|\r\n|",
	    0 },
	{ "Standalone Without Previous Line", "{}", "  {{=@ @=}}\n=", "=", 0 },
	{ "Standalone Without Newline", "{}", "=\n  {{=@ @=}}", "=\n", 0 },
	{ "Pair with Padding", "{}", "|{{= @   @ =}}|", "||", 0 },
};

static const struct spec_case partials[] = {
	{ "Basic Behavior", "{}", "\"{{>t}}\"", "\"from it\"",
	    "{\"t\":\"from it\"}" },
	{ "Failed Lookup", "{}", "\"{{>t}}\"", "\"\"", "{}" },
	{ "Context", "{\"t\":\"content\"}", "\"{{>p}}\"", "\"*content*\"",
	    "{\"p\":\"*{{t}}*\"}" },
	{ "Recursion", "{\"c\":\"X\",\"n\":[{\"c\":\"Y\",\"n\":[]}]}",
	    "{{>node}}", "X<Y<>>",
	    "{\"node\":\"{{c}}<{{#n}}{{>node}}{{/n}}>\"}" },
	{ "Nested", "{\"a\":\"hello\",\"b\":\"world\"}", "{{>outer}}",
	    "*hello world!*",
	    "{\"outer\":\"*{{a}} {{>inner}}*\",\"inner\":\"{{b}}!\"}" },
	{ "Surrounding Whitespace", "{}", "| {{>p}} |", "| \t|\t |",
	    "{\"p\":\"\\t|\\t\"}" },
	{ "Inline Indentation", "{\"d\":\"|\"}", "  {{d}}  {{> p}}\n",
	    "  |  >\n>\n", "{\"p\":\">\\n>\"}" },
	{ "Standalone Line Endings", "{}", "|\r\n{{>p}}\r\n|", "|\r\n>|",
	    "{\"p\":\">\"}" },
	{ "Standalone Without Previous Line", "{}", "  {{>p}}\n>",
	    "  >\n  >>", "{\"p\":\">\\n>\"}" },
	{ "Standalone Without Newline", "{}", ">\n  {{>p}}", ">\n  >\n  >",
	    "{\"p\":\">\\n>\"}" },
	{ "Standalone Indentation", "{\"c\":\"<\\n->\"}",
	    "\\\n {{>p}}\n/\n", "\\\n |\n <\n->\n |\n/\n",
	    "{\"p\":\"|\\n{{{c}}}\\n|\\n\"}" },
	{ "Padding Whitespace", "{\"b\":true}", "|{{> p }}|", "|[]|",
	    "{\"p\":\"[]\"}" },
	{ "Indentation adds up", "{}", " {{>a}}\n", " x\n   y\n",
	    "{\"a\":\"x\\n  {{>b}}\\n\",\"b\":\"y\\n\"}" },
};

static void
passes_the_specification(void **unused)
{
	(void)unused;
	CHECK(interpolation);
	CHECK(sections);
	CHECK(inverted);
	CHECK(comments);
	CHECK(delimiters);
	CHECK(partials);
}

static void
text_templates_escape_nothing(void **unused)
{
	struct buf	out;
	struct err	err;

	(void)unused;
	buf_init(&out, OUT_MAX);
	assert_int_equal(run("{{a}}{{{a}}}{{&a}}", "{\"a\":\"<&>\\\"\"}", NULL,
	    RENDER_NONE, &out, &err), RC_OK);
	assert_string_equal(out.data, "<&>\"<&>\"<&>\"");
	buf_free(&out);
}

static const struct {
	const char	*tmpl, *partials, *text;
} wrong[] = {
	{ "a\n{{b", NULL, "t:2: found \"{{b\", expected the tag's end" },
	{ "{{{b}}", NULL, "t:1: found" },
	{ "{{=<% %>}}", NULL, "t:1: found" },
	{ "{{=<%=}}", NULL, "expected two new delimiters" },
	{ "{{=a b c=}}", NULL, "expected two new delimiters" },
	{ "{{==}}", NULL, "expected two new delimiters" },
	{ "\n\n{{ }}", NULL, "t:3: found \"{{ }}\", expected a name" },
	{ "{{#}}x{{/}}", NULL, "expected a name" },
	{ "{{a b}}", NULL, "expected a name without blanks" },
	{ "x\n{{#a}}\n{{b}}\n", NULL,
	    "t:2: found \"a\", expected the end of this section" },
	{ "{{/a}}", NULL, "no section is open" },
	{ "{{#a}}\n{{#b}}\n\n{{/a}}{{/b}}", NULL,
	    "t:4: found the end of \"a\", expected that of \"b\" of line 2" },
	{ "{{>p}}", "{\"p\":\"x\\n{{#a}}\"}", "p:2: found \"a\"" },
	{ "{{>p}}", "{\"p\":\"{{>p}}\"}", "in itself, expected an end" },
	{ "{{>p}}", "{\"p\":\"{{>q}}\",\"q\":\"{{>p}}\"}", "in itself" },
};

static void
errors_name_the_line(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct buf	out;
		struct err	err;
		enum rc		rc;

		buf_init(&out, OUT_MAX);
		rc = run(wrong[i].tmpl, "{}", wrong[i].partials, RENDER_NONE,
		    &out, &err);
		if (rc != RC_REFUSED ||
		    strstr(err.text, wrong[i].text) == NULL)
			fail_msg("%s: got %s \"%s\", want \"%s\"",
			    wrong[i].tmpl, rc_name(rc), err.text,
			    wrong[i].text);
		buf_free(&out);
	}
}

static void
output_has_a_limit(void **unused)
{
	struct buf	out;
	struct err	err;

	(void)unused;
	buf_init(&out, 10);
	assert_int_equal(run("{{#l}}abc{{/l}}", "{\"l\":[1,2,3,4]}", NULL,
	    RENDER_NONE, &out, &err), RC_REFUSED);
	assert_non_null(strstr(err.text, "more than 10 bytes"));
	buf_free(&out);
}

static void
open_sections_have_a_limit(void **unused)
{
	struct buf	t, out;
	struct err	err;

	(void)unused;
	buf_init(&t, OUT_MAX);
	buf_init(&out, OUT_MAX);
	for (int i = 0; i < 1000; i++)
		(void)buf_puts(&t, "{{#a}}");
	assert_int_equal(run(t.data, "{}", NULL, RENDER_NONE, &out, &err),
	    RC_REFUSED);
	assert_non_null(strstr(err.text, "fewer open sections"));
	buf_free(&t);
	buf_free(&out);
}

static void
collect(void *arg, char kind, const char *name, int line)
{
	(void)buf_addf(arg, "%c%s:%d ", kind, name, line);
}

static void
tags_are_listed(void **unused)
{
	struct arena	*a = arena_new();
	struct node	*tree;
	struct buf	 b;
	struct err	 err;

	(void)unused;
	buf_init(&b, OUT_MAX);
	assert_int_equal(tree_parse("t", "{{a}}\n{{#b}}\n{{&c.d}}{{/b}}\n"
	    "{{^e}}{{{f}}}{{/e}}{{>g}}{{! h }}", a, &tree, &err), RC_OK);
	render_tree_tags(tree, a, collect, &b);
	assert_string_equal(b.data, "va:1 #b:2 &c.d:3 ^e:4 &f:4 >g:4 ");
	buf_free(&b);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_the_specification),
		cmocka_unit_test(text_templates_escape_nothing),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test(output_has_a_limit),
		cmocka_unit_test(open_sections_have_a_limit),
		cmocka_unit_test(tags_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
