/*
 * number.c
 *	  Which statement of a script a place in its text belongs to.
 */
#include "postgres.h"

#include "base/token.h"
#include "script/number.h"

/*
 * Semicolons end a statement, except for those in the parentheses of a rule and
 * in the body of a function, where every END that is not a CASE's is its last.
 */
int
gradual_number_at(const char *script, int offset, bool *is_first)
{
	const char *sql = script;
	int			number = 1;
	int			parentheses = 0;
	int			bodies = 0;
	bool		empty = true;
	bool		escapes = false;
	bool		begins = false;

	while ((sql = gradual_token_skip_blank(sql)) < script + offset && *sql != '\0')
	{
		const char *token = sql;
		int			length = (sql = gradual_token_end(sql, &escapes)) - token;

		if (*token == ';' && parentheses <= 0 && bodies == 0)
		{
			number += !empty;
			empty = true;
			continue;
		}
		empty = false;
		if (*token == '(')
			parentheses++;
		else if (*token == ')')
			parentheses--;
		else if ((begins && gradual_token_is(token, length, "atomic")) ||
				 (bodies > 0 && gradual_token_is(token, length, "case")))
			bodies++;
		else if (bodies > 0 && gradual_token_is(token, length, "end"))
			bodies--;
		begins = gradual_token_is(token, length, "begin");
	}
	*is_first = sql == script + offset;
	return number;
}
