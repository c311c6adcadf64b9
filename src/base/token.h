/*
 * token.h
 *	  Words, texts and comments of a script.
 *
 * Pure: no transaction, no memory; nothing is raised, whatever the text.
 */
#ifndef GRADUAL_TOKEN_H
#define GRADUAL_TOKEN_H

/* May the character stand in a name that is not quoted? */
extern bool gradual_token_in_word(char c);

/* Past white space and comments. */
extern const char *gradual_token_skip_blank(const char *sql);

/*
 * Past the word, the quoted text or the single character that begins there.  A
 * doubled quote ends one text and begins the next.  'escapes', false at the start,
 * goes from one token to the next: may the text that follows have backslashes?
 */
extern const char *gradual_token_end(const char *sql, bool *escapes);

/* Is it this word, however it is written? */
extern bool gradual_token_is(const char *token, int length, const char *word);

#endif							/* GRADUAL_TOKEN_H */
