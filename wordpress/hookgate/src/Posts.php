<?php

declare(strict_types=1);

namespace Hookgate;

use WP_Post;

/**
 * Posts of any allowed type and status.
 */
final class Posts
{
    public static function byId(string $text): ?WP_Post
    {
        $id = Objects::number($text);
        $post = $id === null ? null : get_post($id);
        return $post instanceof WP_Post && $post->ID === $id && self::isAllowed($post) ? $post : null;
    }

    /**
     * A page (or whatever else has parents) by its whole path, else a post by its name.
     */
    public static function bySlug(string $text): ?WP_Post
    {
        $posts = self::named(substr((string) strrchr("/{$text}", '/'), 1));
        foreach ([true, false] as $hierarchical) {
            foreach ($posts as $post) {
                $isInTurn = is_post_type_hierarchical($post->post_type) === $hierarchical;
                if ($isInTurn && self::slug($post) === rawurldecode($text) && self::isAllowed($post)) {
                    return $post;
                }
            }
        }
        return null;
    }

    private static function slug(WP_Post $post): string
    {
        $hasParents = is_post_type_hierarchical($post->post_type);
        return rawurldecode($hasParents ? (string) get_page_uri($post) : $post->post_name);
    }

    /**
     * @return list<WP_Post>
     */
    private static function named(string $name): array
    {
        global $wpdb;
        // Oldest first, should two types have a post of the same name. The database may ignore case and accents.
        $sql = "SELECT ID FROM {$wpdb->posts} WHERE post_name = %s ORDER BY ID";
        $ids = $wpdb->get_col($wpdb->prepare($sql, sanitize_title_for_query($name)));
        return array_values(array_filter(array_map('get_post', array_map('intval', $ids))));
    }

    private static function isAllowed(WP_Post $post): bool
    {
        $public = array_values(array_diff(get_post_types(['public' => true]), ['attachment']));
        $types = (array) apply_filters('hookgate_post_types', $public);
        $statuses = (array) apply_filters('hookgate_post_statuses', ['publish']);
        return in_array($post->post_type, $types, true) && in_array($post->post_status, $statuses, true);
    }
}
