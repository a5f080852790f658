<?php

declare(strict_types=1);

namespace Hookgate;

use WP_Comment;

/**
 * Comments of the allowed types in the allowed statuses; spam and trash are never allowed. A shop's internal notes on
 * an order are comments to WordPress, and to nobody else.
 */
final class Comments
{
    public static function byId(string $text): ?WP_Comment
    {
        $id = Objects::number($text);
        $comment = $id === null ? null : get_comment($id);
        return $comment instanceof WP_Comment && (int) $comment->comment_ID === $id && self::isAllowed($comment)
            ? $comment
            : null;
    }

    private static function isAllowed(WP_Comment $comment): bool
    {
        $types = (array) apply_filters('hookgate_comment_types', ['comment', 'review']);
        $statuses = (array) apply_filters('hookgate_comment_statuses', ['approved', 'unapproved']);
        return in_array(get_comment_type($comment), $types, true)
            && in_array(wp_get_comment_status($comment), array_diff($statuses, ['spam', 'trash']), true);
    }
}
