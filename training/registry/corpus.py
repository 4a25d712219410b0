"""What can be chosen about documents: formats, signals, personal data, rules and sets of rules."""

from __future__ import annotations

from training.registry.content_signals import CONTENT_SIGNALS
from training.registry.line_signals import LINE_SIGNALS
from training.registry.repetition_signals import REPETITION_SIGNALS
from training.registry.row import Row, table
from training.registry.signal_row import SignalRow
from training.registry.word_signals import WORD_SIGNALS

EXTRACTORS = table(
    Row("txt", "Plain text", "training.corpus.extract.txt:read"),
    Row("md", "Markdown", "training.corpus.extract.md:read"),
    Row("jsonl", "One JSON object per line", "training.corpus.extract.jsonl:read"),
    Row("csv", "Tables: comma, semicolon, tab or pipe", "training.corpus.extract.csv:read"),
    Row("parquet", "Parquet tables", "training.corpus.extract.parquet:read"),
    Row("html", "Web pages", "training.corpus.extract.html:read"),
    Row("pdf", "PDF with a text layer", "training.corpus.extract.pdf:read"),
    Row("epub", "Books in EPUB", "training.corpus.extract.epub:read"),
    Row("warc", "Web archives (WARC, WET), also gzipped", "training.corpus.extract.warc:read"),
    Row("mediawiki", "Dumps of wikis", "training.corpus.extract.mediawiki:read"),
    Row("jats", "Papers in JATS or PubMed XML", "training.corpus.extract.jats:read"),
    Row("feed", "News feeds: RSS, Atom", "training.corpus.extract.feed:read"),
    Row(
        "stackexchange", "Posts.xml of StackExchange", "training.corpus.extract.stackexchange:read"
    ),
    Row("latex", "LaTeX, of an archive with its parts", "training.corpus.extract.latex:read"),
    Row("code", "Source code", "training.corpus.extract.code:read"),
    Row("zip", "ZIP archives of these", "training.corpus.extract.zip:read"),
    Row("tar", "Tar archives of these", "training.corpus.extract.tar:read"),
    Row("gz", "Gzip, also of tar", "training.corpus.extract.gz:read"),
    Row("zst", "Zstd, also of tar", "training.corpus.extract.zst:read"),
    Row("bz2", "Bzip2, also of tar", "training.corpus.extract.streams:read_bz2"),
    Row("xz", "Xz, also of tar", "training.corpus.extract.streams:read_xz"),
)


def _rule(name: str, title: str, place: str) -> Row:
    """``module:Class`` in ``training.corpus.rules``; its options are ``ClassRule`` of the specs."""
    spec = f"training.specs.rules:{place.partition(':')[2]}Rule"
    return Row(name, title, f"training.corpus.rules.{place}", spec)


def _transform(name: str, title: str, kind: str) -> Row:
    """A class in a module of the transform's name; its options are a part of that name."""
    target = f"training.corpus.transforms.{name}:{kind}"
    return Row(name, title, target, f"training.specs.transform_parts:{kind}Part")


#: Signals: one number per document, computed once (training.corpus.signals).
SIGNALS: dict[str, SignalRow] = {
    **WORD_SIGNALS,
    **LINE_SIGNALS,
    **REPETITION_SIGNALS,
    **CONTENT_SIGNALS,
}

#: Personal data, by kind; of two that overlap, the one that stands first here is taken. The signal
#: ``NAME_count`` counts each.
PII_KINDS = table(
    Row("url_credentials", "Passwords in URLs", "training.corpus.pii.addresses:URL_CREDENTIALS"),
    Row("email", "E-mail addresses", "training.corpus.pii.addresses:EMAIL"),
    Row("api_key", "Keys of services", "training.corpus.pii.keys:API_KEY"),
    Row("iban", "Account numbers (IBAN)", "training.corpus.pii.accounts:IBAN"),
    Row("chinese_id", "Chinese identity numbers", "training.corpus.pii.identities:CHINESE_ID"),
    Row("card", "Bank card numbers", "training.corpus.pii.accounts:CARD"),
    Row("ssn", "United States social security numbers", "training.corpus.pii.identities:SSN"),
    Row("ip", "IP addresses", "training.corpus.pii.addresses:IP"),
    Row("phone", "Telephone numbers", "training.corpus.pii.phones:PHONE"),
)

#: Cleaning rules: a threshold on a signal, or a choice among duplicates.
RULES = table(
    _rule("word_count", "Too short or too long", "words:WordCount"),
    _rule("mean_word_length", "Words too short or too long", "words:MeanWordLength"),
    _rule("alphabetic_words", "Too few words with letters", "words:AlphabeticWords"),
    _rule("stop_words", "Too few function words", "words:StopWords"),
    _rule("distinct_stop_words", "Common words missing", "words:DistinctStopWords"),
    _rule("unique_words", "Too few different words", "vocabulary:UniqueWords"),
    _rule("entropy", "Too small a vocabulary", "vocabulary:Entropy"),
    _rule("longest_word", "A very long word", "vocabulary:LongestWord"),
    _rule("sentences", "Too few sentences", "vocabulary:Sentences"),
    _rule("all_caps", "Too many words in capitals", "characters:AllCaps"),
    _rule("letters", "Too few letters", "characters:Letters"),
    _rule("alphanumeric", "Too few letters and digits", "characters:Alphanumeric"),
    _rule("special_characters", "Too many special characters", "characters:SpecialCharacters"),
    _rule("white_space", "Too much white space", "characters:WhiteSpace"),
    _rule("brackets", "Too many brackets", "characters:Brackets"),
    _rule("curly_brackets", "Curly brackets", "characters:CurlyBrackets"),
    _rule("symbols", "Too many symbols", "words:Symbols"),
    _rule("digits", "Too many digits", "words:Digits"),
    _rule("han", "Too little Chinese", "words:Han"),
    _rule("bullet_lines", "A list of bullets", "lines:BulletLines"),
    _rule("ellipsis_lines", "Lines cut off", "lines:EllipsisLines"),
    _rule("short_lines", "Too many short lines", "lines:ShortLines"),
    _rule("line_length", "Lines too short or too long", "lines:LineLength"),
    _rule("ended_lines", "Lines without a full stop", "lines:EndedLines"),
    _rule("newlines", "Too many line breaks", "lines:Newlines"),
    _rule("line_count", "Too few or too many lines", "lengths:LineCount"),
    _rule("longest_line", "A very long line", "lengths:LongestLine"),
    _rule("long_lines", "No three long lines", "lengths:LongLines"),
    _rule("few_word_lines", "Lines of one or two words", "lengths:FewWordLines"),
    _rule("uppercase_lines", "Lines in capitals", "pages:UppercaseLines"),
    _rule("numeric_lines", "Lines of digits", "pages:NumericLines"),
    _rule("javascript_lines", "Lines that name JavaScript", "pages:JavascriptLines"),
    _rule("policy_lines", "Lines about policies and cookies", "pages:PolicyLines"),
    _rule("lorem_ipsum", "Lorem ipsum", "pages:LoremIpsum"),
    _rule("urls", "Too many links", "pages:Urls"),
    _rule("comments", "Too few or too many comments", "kinds:Comments"),
    _rule("xml_header", "An XML declaration", "kinds:XmlHeader"),
    _rule("speaker_lines", "No dialogue", "kinds:SpeakerLines"),
    _rule("turns", "Too short a dialogue", "kinds:Turns"),
    _rule("speakers", "Too few or too many speakers", "kinds:Speakers"),
    _rule("repetition", "The same phrases again and again", "repetition:Repetition"),
    _rule("duplicate_lines", "Lines repeated", "repetition:DuplicateLines"),
    _rule(
        "duplicate_line_characters", "Text in repeated lines", "repetition:DuplicateLineCharacters"
    ),
    _rule("duplicate_paragraphs", "Paragraphs repeated", "repetition:DuplicateParagraphs"),
    _rule(
        "duplicate_paragraph_characters",
        "Text in repeated paragraphs",
        "repetition:DuplicateParagraphCharacters",
    ),
    _rule("top_2grams", "One phrase of 2 words again and again", "phrases:Top2grams"),
    _rule("top_3grams", "One phrase of 3 words again and again", "phrases:Top3grams"),
    _rule("top_4grams", "One phrase of 4 words again and again", "phrases:Top4grams"),
    _rule("repeated_5grams", "Phrases repeated", "phrases:Repeated5grams"),
    _rule("repeated_6grams", "Phrases of 6 words repeated", "phrases:Repeated6grams"),
    _rule("repeated_7grams", "Phrases of 7 words repeated", "phrases:Repeated7grams"),
    _rule("repeated_8grams", "Phrases of 8 words repeated", "phrases:Repeated8grams"),
    _rule("repeated_9grams", "Phrases of 9 words repeated", "phrases:Repeated9grams"),
    _rule("repeated_10grams", "Phrases of 10 words repeated", "phrases:Repeated10grams"),
    _rule("language", "Another language", "language:Language"),
    _rule("personal_data", "Too much personal data", "personal:PersonalData"),
    _rule("perplexity", "Improbable to a language model", "perplexity:Perplexity"),
    _rule("quality", "Of low quality to a classifier", "quality:Quality"),
    _rule("safety", "Unsafe to a list or a model", "safety:Safety"),
    _rule("contamination", "Holds items of evaluation sets", "contamination:Contamination"),
    _rule("exact_duplicates", "Same text as another document", "duplicates:ExactDuplicates"),
    _rule("near_duplicates", "Nearly the same as another document", "duplicates:NearDuplicates"),
)

#: Rule sets by name, as a corpus may begin with.
RULE_PRESETS = table(
    Row("english_web", "English web pages (as FineWeb)", "training.specs.rule_presets:ENGLISH_WEB"),
    Row("english_gopher", "English, Gopher's rules", "training.specs.rule_presets:ENGLISH_GOPHER"),
    Row("c4", "English, C4's rules on documents", "training.specs.rule_presets:C4"),
    Row("chinese_web", "Chinese web pages (as FineWeb-2)",
        "training.specs.rule_presets:CHINESE_WEB"),
    Row("chinese_strict", "Chinese, continuous prose alone",
        "training.specs.rule_presets:CHINESE_STRICT"),
    Row("books", "Books", "training.specs.rule_presets:BOOKS"),
    Row("code", "Programs (as The Stack and StarCoder)", "training.specs.rule_presets:CODE"),
    Row("chat", "Dialogues", "training.specs.rule_presets:CHAT"),
    Row("gentle", "Gentle: debris only", "training.specs.rule_presets:GENTLE"),
    Row("off", "Nothing is dropped", "training.specs.rule_presets:OFF"),
)  # fmt: skip

#: Changes of texts, in the order in which they are made; each works on what those before it left.
TRANSFORMS = table(
    # First: it cuts at places in the texts as they were searched.
    _transform("cut_contamination", "Items of evaluation sets", "CutContamination"),
    _transform("mend_unicode", "Broken characters", "MendUnicode"),
    _transform("citations", "Citation marks", "Citations"),
    _transform("line_rules", "Lines that are no prose", "LineRules"),
    _transform("repeated_lines", "Lines repeated in a document", "RepeatedLines"),
    _transform("repeated_sentences", "Sentences repeated in a source", "RepeatedSentences"),
    _transform("duplicate_paragraphs", "Paragraphs of other documents", "DuplicateParagraphs"),
    _transform("duplicate_lines", "Lines of other documents", "DuplicateLines"),
)
