/*
 * script.h
 *	  A script, parsed and checked.
 */
#ifndef GRADUAL_SCRIPT_H
#define GRADUAL_SCRIPT_H

#include "script/command.h"
#include "utils/elog.h"

/* How a column that the script drops follows the new shape until the swap. */
typedef struct GradualReverse
{
	char	   *key;			/* 'table.column', as it was given */
	List	   *name;			/* of String: the key, split */
	char	   *expression;		/* over the new row, as it was given */
	bool		used;			/* a statement of the script drops the column */
} GradualReverse;

typedef struct GradualScript
{
	char	   *text;
	char	   *search_path;
	List	   *settings;		/* of char *: SET LOCAL .., of the session
								 * that runs it */
	List	   *statements;		/* of GradualStatement * */
	List	   *tables;			/* of GradualTable *, all that it names but
								 * catalogs */
	List	   *carried_keys;	/* of GradualCarriedKey * */
	List	   *reverses;		/* of GradualReverse * */
	int			direct_pages;	/* as the caller's setting has it */
	bool		allow_blocking;
	bool		rolled_back;	/* what no rollback takes back is there */
	int			unrehearsed;	/* the statement where the rehearsal ended
								 * since it does not know the form: from it on
								 * commands have no facts.  0 = none */
} GradualScript;

/*
 * Parse only: split into statements, and refuse what no script may hold
 * (COPY FROM STDIN, SAVEPOINT, PREPARE TRANSACTION, DISCARD, RESET ALL, SET
 * SESSION AUTHORIZATION, SET ROLE, psql backslashes, nothing at all), with the
 * statement's number and position.  BEGIN and COMMIT are dropped with a NOTICE
 * if 'notice'.  Each statement runs with 'settings', and with what the SETs before
 * it say.  No catalog access.  Raises PostgreSQL's own syntax errors.
 */
extern GradualScript *gradual_script_parse(const char *text, const char *search_path,
										   List *settings, bool notice);

/*
 * Rehearse: run every statement on structural clones in pg_temp, in a
 * subtransaction that is always rolled back, and fill in tables, commands and
 * facts.  Takes ACCESS SHARE on the real tables and nothing stronger.  To be
 * called as the migration's owner, with search_path already set to the
 * script's, in a transaction.  Raises PostgreSQL's own errors with the number
 * of the statement in the context and the position in the script.
 */
extern void gradual_script_rehearse(GradualScript *script);

/*
 * Run the statements of a rehearsed script that change rows on a sample of rows
 * of their tables; everything is undone.  Returns, in the caller's context, so
 * many of the rows that each of them changes (GradualPreviewRow *).  A statement
 * that raises ends the preview: *error is a copy of its error, else NULL.  To be
 * called like gradual_script_rehearse(), with rights to read the tables.
 */
extern List *gradual_script_preview(const GradualScript *script, int rows, ErrorData **error);

/* The refusal of a form, the same words everywhere: 0A000 with the statement's number. */
extern void gradual_script_refuse(const GradualStatement *statement,
								  const char *form, const char *why,
								  const char *hint);

#endif							/* GRADUAL_SCRIPT_H */
