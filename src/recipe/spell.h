/*
 * spell.h
 *	  The names of tables that a script renames, in the texts of its steps.
 *
 * A text that is generated names a table as it was before the script, a
 * statement as it stands names it as the statements before have left it; what
 * runs has to name it as it is at that time.  Pure.
 */
#ifndef GRADUAL_RECIPE_SPELL_H
#define GRADUAL_RECIPE_SPELL_H

#include "script/script.h"

/* The name of a table at some time. */
typedef struct GradualSpelling
{
	GradualTable *table;
	char	   *qualified;
} GradualSpelling;

/* Does it read or change rows, in words of its own? */
extern bool gradual_spell_is_dml(const GradualStatement *statement);

/*
 * Can the statement run while the table still has another name than the one
 * that is written in it?
 */
extern bool gradual_spell_can(const GradualStatement *statement, const GradualTable *table);

/*
 * Does the text have one of the table's names, elsewhere than where it names a table
 * of another schema?
 */
extern bool gradual_spell_mentions(const GradualStatement *statement,
								   const GradualTable *table, List *names);

/* What the script calls the table at that statement. */
extern const char *gradual_spell_written(const GradualStatement *statement,
										 const GradualTable *table);

/* The statement's text with other names for tables: a list of GradualSpelling *. */
extern char *gradual_spell_statement(const GradualStatement *statement, List *spellings);

/* A generated text, in which tables have the names from before the script. */
extern char *gradual_spell_generated(const char *sql, List *spellings);

/* The names that the table has before the script or gets by it: char *, unquoted. */
extern List *gradual_spell_names(const GradualTable *table);

#endif							/* GRADUAL_RECIPE_SPELL_H */
