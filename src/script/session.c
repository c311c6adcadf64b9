/*
 * session.c
 *	  What a script means depends on the session that runs it.
 *
 * Whoever calls start() expects what psql would do in his session.  The steps
 * run elsewhere, in a worker and in sessions of the application; so what counts
 * of his session is kept with the migration.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodes.h"
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "base/errors.h"
#include "base/undone.h"
#include "script/context.h"
#include "script/session.h"

typedef struct Reading
{
	const char *script;
	List	   *raws;
} Reading;

/* 'SET LOCAL "TimeZone" = 'UTC'' */
static char *
keep_setting(const char *name)
{
	const char *value = GetConfigOption(name, false, false);

	/* the style is that of all steps */
	if (strcmp(name, "DateStyle") == 0)
		value = DateOrder == DATEORDER_YMD ? "ISO, YMD" :
			DateOrder == DATEORDER_DMY ? "ISO, DMY" : "ISO, MDY";
	return psprintf("SET LOCAL %s = %s", quote_identifier(name), quote_literal_cstr(value));
}

List *
gradual_session_settings(void)
{
	static const char *const names[] = {
		"DateStyle", "default_text_search_config", "lc_monetary", "lc_numeric",
		"lc_time", "TimeZone"
	};
	List	   *settings = NIL;

	for (int i = 0; i < lengthof(names); i++)
		settings = lappend(settings, keep_setting(names[i]));
	if (Transform_null_equals)
		settings = lappend(settings, keep_setting("transform_null_equals"));
	return settings;
}

static List *
read_script(const char *script)
{
	GradualContext context;
	List	   *raws;

	gradual_context_enter(&context, script);
	raws = raw_parser(script, RAW_PARSE_DEFAULT);
	gradual_context_leave(&context);
	return raws;
}

static void
read_in_standard_way(void *arg)
{
	Reading    *reading = arg;

	(void) set_config_option("standard_conforming_strings", "on", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	reading->raws = read_script(reading->script);
}

void
gradual_session_require_standard_strings(const char *script)
{
	Reading		standard = {script, NIL};
	List	   *raws;

	if (standard_conforming_strings)
		return;
	raws = read_script(script);
	if (gradual_undone(read_in_standard_way, &standard) == NULL &&
		equal(raws, standard.raws))
		return;
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
			 errmsg("a string of the script has a backslash that only means something while standard_conforming_strings is off"),
			 errdetail("A migration's steps run in other sessions, with standard_conforming_strings on."),
			 errhint("SET standard_conforming_strings = on; or write such a string as E'..'.")));
}
