<?php

// What every test site knows, under ids that no other object has. Required by run.php; gives the ids by name.

$post = static function (int $id, string $slug, array $more = []): int {
    return wp_insert_post($more + [
        'import_id' => $id,
        'post_name' => $slug,
        'post_title' => ucfirst($slug),
        'post_content' => 'Written for tests.',
        'post_status' => 'publish',
        'post_type' => 'post',
        'post_author' => 1,
    ]);
};

$user = static function (string $login, string $role): int {
    return wp_insert_user([
        'user_login' => $login,
        'user_email' => "$login@example.com",
        'user_pass' => HOOKGATE_ADMIN_PASSWORD,
        'role' => $role,
    ]);
};

$comment = static function (string $approved): int {
    return wp_insert_comment([
        'comment_post_ID' => 101,
        'comment_content' => 'Said for tests.',
        'comment_author' => 'A reader',
        'comment_author_email' => 'reader@example.com',
        'comment_approved' => $approved,
    ]);
};

return [
    'post' => $post(101, 'first-post'),
    'draft' => $post(102, 'a-draft', ['post_status' => 'draft']),
    'privatePost' => $post(103, 'a-private-post', ['post_status' => 'private']),
    'trashed' => $post(104, 'a-trashed-post', ['post_status' => 'trash']),
    'attachment' => $post(105, 'a-picture', [
        'post_type' => 'attachment',
        'post_status' => 'inherit',
        'post_mime_type' => 'image/png',
    ]),
    'revision' => $post(106, '101-revision-v1', [
        'post_type' => 'revision',
        'post_status' => 'inherit',
        'post_parent' => 101,
    ]),
    'page' => $post(201, 'shop', ['post_type' => 'page']),
    'childPage' => $post(202, 'returns', ['post_type' => 'page', 'post_parent' => 201]),
    'user' => $user('adam', 'subscriber'),
    'editor' => $user('eve', 'editor'),
    'comment' => $comment('1'),
    'pendingComment' => $comment('0'),
    'spamComment' => $comment('spam'),
    'trashedComment' => $comment('trash'),
];
