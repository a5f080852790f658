<?php

declare(strict_types=1);

namespace Hookgate\Admin;

/**
 * What the last form did. The answer to a form is a redirect that carries one of these names.
 */
final class Notice
{
    public const PAUSED = 'paused';
    public const RESUMED = 'resumed';
    public const SECRET_ADDED = 'secret-added';
    public const SECRET_REFUSED = 'secret-refused';
    public const SECRET_REMOVED = 'secret-removed';
    public const SECRET_NOT_REMOVED = 'secret-not-removed';
    public const SECRETS_IN_CONSTANT = 'secrets-in-constant';
    public const GUARD_ON = 'guard-on';
    public const GUARD_OFF = 'guard-off';
    public const NOT_STORED = 'not-stored';

    // WordPress removes this one from the address bar, so that a reload says nothing twice.
    public const PARAMETER = 'message';

    private const FAILURES = [
        self::SECRET_REFUSED,
        self::SECRET_NOT_REMOVED,
        self::SECRETS_IN_CONSTANT,
        self::NOT_STORED,
    ];

    public static function render(): void
    {
        if (Actions::createdSecret() !== null) {
            self::renderSecret(Actions::createdSecret());
        }
        $name = $_GET[self::PARAMETER] ?? '';
        $text = is_string($name) ? self::texts()[$name] ?? null : null;
        if ($text === null) {
            return;
        }
        $failed = in_array($name, self::FAILURES, true);
        printf(
            '<div class="notice notice-%s is-dismissible" role="%s"><p>%s</p></div>',
            $failed ? 'error' : 'success',
            $failed ? 'alert' : 'status',
            esc_html($text)
        );
    }

    /**
     * @return array<string, string>
     */
    private static function texts(): array
    {
        return [
            self::PAUSED => __('Paused. Deliveries are answered 503 until you resume.', 'hookgate'),
            self::RESUMED => __('Resumed. Deliveries run again.', 'hookgate'),
            self::SECRET_ADDED => __('The secret was added.', 'hookgate'),
            self::SECRET_REFUSED => __('The secret was not added: it is not valid.', 'hookgate'),
            self::SECRET_REMOVED => __('The secret was removed.', 'hookgate'),
            self::SECRET_NOT_REMOVED => __('The secret was not removed. Is it still in the list?', 'hookgate'),
            self::SECRETS_IN_CONSTANT => __('The secrets are in the constant HOOKGATE_SECRET.', 'hookgate'),
            self::GUARD_ON => __('WunderAutomation’s URL is guarded.', 'hookgate'),
            self::GUARD_OFF => __('WunderAutomation’s URL is not guarded.', 'hookgate'),
            self::NOT_STORED => __('The database did not take the change.', 'hookgate'),
        ];
    }

    private static function renderSecret(string $secret): void
    {
        ?>
        <div class="notice notice-success" role="status">
            <p><label for="hookgate-created"><strong>
                <?php esc_html_e('The new secret. It is shown only now: copy it.', 'hookgate'); ?>
            </strong></label></p>
            <p><input type="text" id="hookgate-created" class="large-text code" readonly
                value="<?php echo esc_attr($secret); ?>"></p>
            <p>
                <?php esc_html_e('Give it to the gate: run this in its folder, and paste the secret.', 'hookgate'); ?>
                <br><code>npx wrangler secret put ORIGIN_SECRET</code>
            </p>
        </div>
        <?php
    }
}
