/*
 * need.h
 *	  What a statement needs of an earlier one that takes effect late.  Pure.
 */
#ifndef GRADUAL_RECIPE_NEED_H
#define GRADUAL_RECIPE_NEED_H

#include "recipe/late.h"

/* Does the statement mention what the late one makes, changes or drops? */
extern bool gradual_need_names(const GradualStatement *statement, const GradualLate *late);

/* Is a name that it makes one which the late statement makes, changes or drops? */
extern bool gradual_need_same_name(const GradualStatement *statement, const GradualLate *late,
								   const char *name);

/* Is the command a new name for a table, which the late statement can run under as well? */
extern bool gradual_need_mere_rename(const GradualLate *late, const GradualCommand *command);

/* Code that may do anything to the table it names has to find it as the script would. */
extern bool gradual_need_code_about(const GradualStatement *statement, const GradualTable *table);

/* Is the statement about the table, or does it name it? */
extern bool gradual_need_table(const GradualStatement *statement, const GradualTable *table);

/* Is it about a table above a partition or child that the late one drops, or about such a one? */
extern bool gradual_need_dropped_part(const GradualStatement *statement, const GradualLate *late);

/* Does the statement name the column of that table? */
extern bool gradual_need_late_column(const GradualStatement *statement, const GradualLateColumn *column);

/* Does it depend on which columns the table has, without naming them? */
extern bool gradual_need_shape(const GradualStatement *statement, const GradualTable *table);

/* Does it read rows of the table as a whole: '*', by the table's name, NATURAL JOIN? */
extern bool gradual_need_rows(const GradualStatement *statement, const GradualTable *table);

/* .. among what it selects: '*' or 't.*', which stands for columns in their order? */
extern bool gradual_need_star(const GradualStatement *statement, const GradualTable *table);

/*
 * Does it say the name without that of a table, as by USING?  Once the table has
 * such a column, too, it means something else, or nothing.
 */
extern bool gradual_need_bare_name(const GradualStatement *statement, const GradualTable *table,
								   char *column);

/* What a CREATE TABLE copies by LIKE: CREATE_TABLE_LIKE_.. */
extern bits32 gradual_need_like_options(const GradualStatement *statement);

/* The phase that a command has to wait for because of columns that come, go or change late. */
extern GradualPhase gradual_need_late_columns(const GradualLate *late, const GradualCommand *command);

/* Does the statement make a table after one that the late statement changes? */
extern bool gradual_need_copied(const GradualStatement *statement, const GradualLate *late);

/* The name of the constraint or index that the command drops; or NULL. */
extern const char *gradual_need_dropped_key(const GradualCommand *command);

/* Does a new table, or one without rows, refer to a key that another gets late? */
extern bool gradual_need_late_key(const GradualLate *late, const GradualCommand *command);

#endif							/* GRADUAL_RECIPE_NEED_H */
